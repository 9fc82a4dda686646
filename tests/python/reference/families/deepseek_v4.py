"""DeepSeek-V4: residual streams, a window and compressed entries, experts by token id. S streams, ρ tokens an entry, d head size."""
from dataclasses import replace

import numpy as np

from reference.attention import attend, causal, split_heads
from reference.decoder import Decoder
from reference.indexer import choose, index_scores
from reference.model import Forward
from reference.numerics import sigmoid, softmax, softplus
from reference.rope import rotate
from reference.routers import Decision, decide, normalised

SLIDING, CSA, HCA = "sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"


def plain_norm(x, epsilon):
    return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + epsilon)


class DeepseekV4(Decoder):
    defaults = dict(
        num_attention_heads=64, head_dim=512, q_lora_rank=1024, o_groups=8, o_lora_rank=1024, sliding_window=128, compress_rates={}, index_n_heads=64,
        index_head_dim=128, index_topk=512, hc_mult=4, hc_sinkhorn_iters=20, hc_eps=1e-6, num_experts_per_tok=6, intermediate_size=None, moe_intermediate_size=None, num_hash_layers=3,
        routed_scaling_factor=1.5, scoring_func="sqrtsoftplus", swiglu_limit=10.0, compress_rope_theta=160000.0, n_shared_experts=1, mlp_bias=False)
    attention_name, mlp_name, router, head = "attn", "ffn", "ffn.gate", "head"
    norms = ("attn_norm", "ffn_norm")
    expert_names = ("w1", "w3", "w2")
    inner_key = "moe_intermediate_size"    # or `intermediate_size`
    shared = "ffn.shared_experts"
    interleaved = True
    spellings = {
        "original": [(r"^model\.embed_tokens\.", "embed."), (r"^model\.hc_head\.", ""), (r"^hc_(fn|base|scale)$", r"hc_head_\1"), (r"^model\.", "")],
        "internal": [
            (r"\.attn\.indexer\.compressor\.", ".self_attn.compressor.indexer."), (r"\.attn\.indexer\.weights_proj", ".self_attn.compressor.indexer.scorer.weights_proj"),
            (r"\.attn\.indexer\.wq_b", ".self_attn.compressor.indexer.q_b_proj"), (r"(compressor(?:\.indexer)?)\.norm", r"\1.kv_norm"),
            (r"(compressor(?:\.indexer)?)\.wkv", r"\1.kv_proj"), (r"(compressor(?:\.indexer)?)\.wgate", r"\1.gate_proj"), (r"\.ape$", ".position_bias"),
            (r"\.attn\.compressor", ".self_attn.compressor"), (r"\.attn\.wq_a", ".self_attn.q_a_proj"), (r"\.attn\.q_norm", ".self_attn.q_a_norm"),
            (r"\.attn\.wq_b", ".self_attn.q_b_proj"), (r"\.attn\.wkv", ".self_attn.kv_proj"), (r"\.attn\.norm", ".self_attn.kv_norm"),
            (r"\.attn\.attn_sink", ".self_attn.sinks"), (r"\.attn\.wo_([ab])", r".self_attn.o_\1_proj"), (r"\.attn_norm", ".input_layernorm"),
            (r"\.ffn_norm", ".post_attention_layernorm"), (r"\.hc_(attn|ffn)_(fn|base|scale)", r".\1_hc.\2"), (r"\.ffn\.gate\.bias", ".mlp.gate.e_score_correction_bias"),
            (r"\.ffn\.", ".mlp."), (r"\.w1\.", ".gate_proj."), (r"\.w3\.", ".up_proj."), (r"\.w2\.", ".down_proj."), (r"^head\.", "lm_head.")],
    }

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        self.streams, self.key_gap = c["hc_mult"], np.inf
        self.inner = self.shared_inner = c["moe_intermediate_size"] or c["intermediate_size"]
        self.mlp_bias = c["mlp_bias"]
        self.rate = {CSA: c.get("compress_rate_csa") or c["compress_rates"].get(CSA, 4), HCA: c.get("compress_rate_hca") or c["compress_rates"].get(HCA, 128)}

    def types(self):
        c = self.config
        if c["layer_types"]:
            return c["layer_types"]
        if ratios := c.get("compress_ratios"):
            return [{0: SLIDING, 4: CSA, 128: HCA}[ratio] for ratio in ratios[:self.layers]]
        return ([HCA, HCA] + [HCA, CSA] * self.layers)[:self.layers]

    def by_token(self, layer):
        kinds = self.config["mlp_layer_types"]
        return kinds[layer] == "hash_moe" if kinds else layer < self.config["num_hash_layers"]

    # --- positions

    def rope_parameters(self):
        c = self.config
        p = c.get("rope_scaling") or c.get("rope_parameters") or {}
        if "main" in p:
            return {kind: {"rope_theta": theta} | p[kind] for kind, theta in (("main", c["rope_theta"]), ("compress", c["compress_rope_theta"]))}
        return {"main": {"rope_theta": p.get("rope_theta", c["rope_theta"])},
                "compress": {"attention_factor": 1.0} | {key: value for key, value in p.items() if key != "type"} | {"rope_type": p.get("rope_type") or p.get("type")}
                | {"rope_theta": c["compress_rope_theta"]}}

    def rotary_size(self, p):
        c = self.config
        factor = p.get("partial_rotary_factor") or c.get("partial_rotary_factor")
        return int(self.h * (factor or (c["qk_rope_head_dim"] / self.h if c.get("qk_rope_head_dim") else 0.125)))

    def turned(self, x, rope, positions, back=False):
        """x [..., T, n] with its last components rotated."""
        cos, sin = (table[positions] for table in rope.tables(positions.max(initial=0) + 1))
        r = 2 * cos.shape[1]
        return np.concatenate([x[..., :-r], rotate(x[..., -r:], (cos, -sin if back else sin), True)], -1)

    # --- tensors

    def shapes(self):
        s = self.streams
        return super().shapes() | {"model.hc_head.hc_fn": (s, s * self.d), "model.hc_head.hc_base": (s,), "model.hc_head.hc_scale": (1,)}

    def layer_shapes(self, layer):
        s, rows = self.streams, (2 + self.streams) * self.streams
        out = super().layer_shapes(layer)
        for part in ("attn", "ffn"):
            out |= {f"hc_{part}_fn": (rows, s * self.d), f"hc_{part}_base": (rows,), f"hc_{part}_scale": (3,)}
        return out

    def attention_shapes(self, layer):
        c, d, heads, rank = self.config, self.h, self.config["num_attention_heads"], self.config["q_lora_rank"]
        groups, low = c["o_groups"], c["o_lora_rank"]
        out = {"wq_a.weight": (rank, self.d), "q_norm.weight": (rank,), "wq_b.weight": (heads * d, rank), "wkv.weight": (d, self.d), "norm.weight": (d,),
               "attn_sink": (heads,), "wo_a.weight": (groups * low, heads * d // groups), "wo_b.weight": (self.d, groups * low)}
        kind = self.layer_types[layer]
        if kind != SLIDING:
            out |= self.compressor_shapes("compressor", kind, d)
        if kind == CSA:
            e, heads = c["index_head_dim"], c["index_n_heads"]
            out |= {"indexer.wq_b.weight": (heads * e, rank), "indexer.weights_proj.weight": (heads, self.d)} | self.compressor_shapes("indexer.compressor", kind, e)
        return out

    def mlp_shapes(self, p, inner, bias=False, names=expert_names):
        return super().mlp_shapes(p, inner, bias, names)

    def compressor_shapes(self, p, kind, size):
        columns = size * (2 if kind == CSA else 1)
        return {f"{p}.wkv.weight": (columns, self.d), f"{p}.wgate.weight": (columns, self.d), f"{p}.ape": (self.rate[kind], columns), f"{p}.norm.weight": (size,)}

    def sparse_shapes(self, layer):
        out = super().sparse_shapes(layer)
        return out | ({"ffn.gate.tid2eid": (self.config["vocab_size"], self.k)} if self.by_token(layer) else {"ffn.gate.bias": (self.experts,)})

    # --- forward

    def forward(self, ids):
        self.key_gap, self.ids = np.inf, np.asarray(ids)
        x = np.repeat(self.embed(ids)[:, None], self.streams, 1)                 # [T, S, D]
        states, routers = [x], {}
        for layer in range(self.layers):
            x = self.run_layer(f"model.layers.{layer}", layer, x, routers)
            states.append(x)
        weights = {part: self.weights[f"model.hc_head.hc_{part}"] for part in ("fn", "base", "scale")}
        pre = sigmoid(self.flat(x) @ weights["fn"].T * weights["scale"] + weights["base"]) + self.config["hc_eps"]
        states[-1] = self.norm(self.final_norm, np.einsum("ts,tsd->td", pre, x))
        return replace(Forward(self.logits(states[-1]), {f"hidden_states.{i}": state for i, state in enumerate(states)}, routers), key_margin=self.key_gap)

    def flat(self, x):
        return plain_norm(x.reshape(len(x), -1), self.epsilon)

    def run_layer(self, p, layer, x, routers):
        x = self.sublayer(f"{p}.hc_attn_", x, lambda u: self.attention(f"{p}.attn", layer, self.norm(f"{p}.attn_norm", u)))
        return self.sublayer(f"{p}.hc_ffn_", x, lambda u: self.ffn(p, layer, self.norm(f"{p}.ffn_norm", u), routers))

    def sublayer(self, p, x, block):
        s, epsilon = self.streams, self.config["hc_eps"]
        fn, base, scale = (self.weights[p + part] for part in ("fn", "base", "scale"))
        a, b, c = np.split(self.flat(x) @ fn.T * np.repeat(scale, [s, s, s * s]) + base, [s, 2 * s], -1)
        m = softmax(c.reshape(-1, s, s)) + epsilon
        for axis in [1] + [2, 1] * (self.config["hc_sinkhorn_iters"] - 1):
            m = m / (m.sum(axis, keepdims=True) + epsilon)
        y = block(np.einsum("ts,tsd->td", sigmoid(a) + epsilon, x))
        return 2 * sigmoid(b)[..., None] * y[:, None] + np.einsum("tjk,tjd->tkd", m, x)

    def attention(self, p, layer, x):
        c, kind, length = self.config, self.layer_types[layer], len(x)
        rope, at = self.ropes["main" if kind == SLIDING else "compress"], np.arange(length)
        latent = self.norm(f"{p}.q_norm", self.linear(f"{p}.wq_a", x))
        q = self.turned(plain_norm(split_heads(self.linear(f"{p}.wq_b", latent), c["num_attention_heads"]), self.epsilon), rope, at)
        kv = self.turned(self.norm(f"{p}.norm", self.linear(f"{p}.wkv", x)), rope, at)
        allowed = causal(length, window=self.window)
        if kind != SLIDING:
            entries = self.compress(f"{p}.compressor", kind, x, rope)
            usable = np.arange(len(entries)) < (at[:, None] + 1) // self.rate[kind]
            if kind == CSA:
                keys = self.compress(f"{p}.indexer.compressor", kind, x, rope)
                iq = self.turned(split_heads(self.linear(f"{p}.indexer.wq_b", latent), c["index_n_heads"]), rope, at)
                scores = index_scores(iq.transpose(1, 0, 2).reshape(length, -1), keys, self.linear(f"{p}.indexer.weights_proj", x))
                usable, gap = choose(scores, usable, c["index_topk"])
                self.key_gap = min(self.key_gap, gap)
            kv, allowed = np.concatenate([kv, entries]), np.concatenate([allowed, usable], 1)
        out = attend(q, kv[None], kv[None], self.h ** -0.5, allowed, self.weights[f"{p}.attn_sink"])
        out = self.turned(split_heads(out, c["num_attention_heads"]), rope, at, back=True).transpose(1, 0, 2).reshape(length, -1)
        groups = zip(np.split(out, c["o_groups"], -1), np.split(self.weights[f"{p}.wo_a.weight"], c["o_groups"]))
        return self.linear(f"{p}.wo_b", np.concatenate([part @ rows.T for part, rows in groups], -1))

    def compress(self, p, kind, x, rope):
        """The finished entries [⌊T/ρ⌋, d or e]."""
        rate, size = self.rate[kind], len(self.weights[f"{p}.norm.weight"])
        count = len(x) // rate
        k, z = (self.linear(f"{p}.{name}", x)[:count * rate].reshape(count, rate, size * (2 if kind == CSA else 1)) for name in ("wkv", "wgate"))
        z = z + self.weights[f"{p}.ape"]
        if kind == CSA and count:
            before = [np.concatenate([np.full((1, rate, size), fill), a[:-1, :, :size]]) for a, fill in ((k, 0.0), (z, -np.inf))]
            k, z = (np.concatenate([first, a[..., size:]], 1) for first, a in zip(before, (k, z)))
        weights = np.exp(z - z.max(1, keepdims=True)) if count else z
        entries = (weights / weights.sum(1, keepdims=True) * k).sum(1) if count else np.zeros((0, size))
        return self.turned(self.norm(f"{p}.norm", entries), rope, np.arange(count) * rate)

    def mlp(self, p, x, names=expert_names):
        gate, up, down = names
        limit = self.config["swiglu_limit"]
        return self.linear(f"{p}.{down}", self.act(np.minimum(self.linear(f"{p}.{gate}", x), limit)) * np.clip(self.linear(f"{p}.{up}", x), -limit, limit))

    def route(self, p, layer, x):
        return self.decide(layer, x @ self.weights[f"{p}.{self.router}.weight"].T, None)            # the gate's bias is no part of the logits

    def decide(self, layer, z, _correction):
        p, factor = f"model.layers.{layer}.ffn.gate", self.config["routed_scaling_factor"]
        s = sigmoid(z) if self.config["scoring_func"] == "sigmoid" else np.sqrt(softplus(z))
        if not self.by_token(layer):
            return decide(z, s, s + self.weights[f"{p}.bias"], self.k, lambda w: factor * normalised(w, 1e-20))
        looked_up = self.weights[f"{p}.tid2eid"].astype(int)[self.ids]
        w = np.take_along_axis(s, looked_up, -1)
        order = np.argsort(-w, -1, kind="stable")
        w = np.take_along_axis(w, order, -1)
        gap = (w[:, :-1] - w[:, 1:]).min() if self.k > 1 else np.inf
        return Decision(z, s, s, np.take_along_axis(looked_up, order, -1), factor * normalised(w, 1e-20), np.inf, gap)
