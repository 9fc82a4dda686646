"""The four families: which config keys they read, which tensors they store, what they compute."""
import json
from dataclasses import dataclass

import numpy as np

from reference import safetensors
from reference.model import ACTIVATIONS, Decision, Rope, attend, heads, mix, rms_norm, rotate, sigmoid_router, softmax_router, swiglu


@dataclass
class Forward:
    logits: np.ndarray                  # [T, V]
    hidden_states: list[np.ndarray]     # [T, d] each: embeddings, after each layer, the last one after the final norm
    routers: dict[str, Decision]        # by the router's name in the checkpoint

    def selection_margin(self):
        return min((d.selection_margin for d in self.routers.values()), default=np.inf)

    def order_gap(self):
        return min((d.order_gap() for d in self.routers.values()), default=np.inf)


def rope_parameters(config, default_theta):
    """One flat dictionary from either config style. A non-empty `rope_scaling` wins over `rope_parameters`."""
    p = dict(config.get("rope_scaling") or config.get("rope_parameters") or {})
    p.setdefault("rope_theta", config.get("rope_theta", default_theta))
    if config.get("original_max_position_embeddings"):
        p["original_max_position_embeddings"] = config["original_max_position_embeddings"]
    return p


class Family:
    """A decoder of pre-norm layers. A family says how its attention and its MLPs differ."""
    theta = 10000.0
    epsilon = 1e-6
    experts_keys = ("num_experts", "num_local_experts")

    def __init__(self, config):
        self.config = config
        self.d, self.layers = config["hidden_size"], config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.groups = config.get("num_key_value_heads") or self.heads
        self.h = config.get("head_dim") or self.d // self.heads
        self.epsilon = config.get("rms_norm_eps", self.epsilon)
        self.act = ACTIVATIONS[config.get("hidden_act", "silu")]
        self.experts = next(config[key] for key in self.experts_keys if key in config)
        self.k = config["num_experts_per_tok"]
        self.inner = config["intermediate_size"]
        self.tied = config.get("tie_word_embeddings", False)
        self.bias = config.get("attention_bias", False)
        self.rope = Rope(rope_parameters(config, self.theta), self.rotary_size(), config["max_position_embeddings"])
        self.weights = {}

    def rotary_size(self):
        return self.h

    # --- tensors

    def shapes(self):
        """{name: shape} of every tensor that the forward pass reads."""
        out = {"model.embed_tokens.weight": (self.config["vocab_size"], self.d), "model.norm.weight": (self.d,)}
        if not self.tied:
            out["lm_head.weight"] = out["model.embed_tokens.weight"]
        for layer in range(self.layers):
            out |= {f"model.layers.{layer}.{name}": shape for name, shape in self.layer_shapes(layer).items()}
        return out

    def layer_shapes(self, layer):
        return {"input_layernorm.weight": (self.d,), "post_attention_layernorm.weight": (self.d,),
                **{f"self_attn.{name}": shape for name, shape in self.attention_shapes().items()}, **self.ffn_shapes(layer)}

    def attention_shapes(self):
        rows = {"q_proj": self.heads * self.h, "k_proj": self.groups * self.h, "v_proj": self.groups * self.h}
        out = {f"{name}.weight": (n, self.d) for name, n in rows.items()} | {"o_proj.weight": (self.d, self.heads * self.h)}
        if self.bias:
            out |= {f"{name}.bias": (n,) for name, n in rows.items()} | {"o_proj.bias": (self.d,)}
        return out

    def mlp_shapes(self, prefix, inner):
        return {f"{prefix}.gate_proj.weight": (inner, self.d), f"{prefix}.up_proj.weight": (inner, self.d),
                f"{prefix}.down_proj.weight": (self.d, inner)}

    def ffn_shapes(self, _layer):
        out = {"mlp.gate.weight": (self.experts, self.d)}
        for e in range(self.experts):
            out |= self.mlp_shapes(f"mlp.experts.{e}", self.inner)
        return out

    def load(self, weights):
        for name, shape in self.shapes().items():
            assert weights[name].shape == shape, (name, weights[name].shape, shape)
            self.weights[name] = weights[name].astype(np.float64)
        return self

    def linear(self, prefix, x):
        y = x @ self.weights[f"{prefix}.weight"].T
        bias = self.weights.get(f"{prefix}.bias")
        return y if bias is None else y + bias

    # --- forward

    def forward(self, ids):
        x = self.weights["model.embed_tokens.weight"][ids]
        states, routers, tables = [x], {}, self.rope.tables(len(ids))
        for layer in range(self.layers):
            p = f"model.layers.{layer}"
            x = x + self.attention(f"{p}.self_attn", rms_norm(x, self.weights[f"{p}.input_layernorm.weight"], self.epsilon), tables)
            x = x + self.ffn(p, layer, rms_norm(x, self.weights[f"{p}.post_attention_layernorm.weight"], self.epsilon), routers)
            states.append(x)
        states[-1] = rms_norm(x, self.weights["model.norm.weight"], self.epsilon)
        head = self.weights["model.embed_tokens.weight" if self.tied else "lm_head.weight"]
        return Forward(states[-1] @ head.T, states, routers)

    def attention(self, p, x, tables):
        q, k, v = self.project(p, x)
        return self.linear(f"{p}.o_proj", attend(rotate(q, tables), rotate(k, tables), v, self.h ** -0.5, self.window()))

    def project(self, p, x):
        """q [H, T, h], k and v [G, T, h] before the rotation."""
        q, k, v = (self.linear(f"{p}.{name}", x) for name in ("q_proj", "k_proj", "v_proj"))
        return heads(q, self.heads), heads(k, self.groups), heads(v, self.groups)

    def window(self):
        return None

    def mlp(self, p, x):
        w = self.weights
        return swiglu(x, w[f"{p}.gate_proj.weight"], w[f"{p}.up_proj.weight"], w[f"{p}.down_proj.weight"], self.act)

    def ffn(self, p, _layer, x, routers):
        router = f"{p}.mlp.gate"
        routers[router] = softmax_router(self.linear(router, x), self.k, self.config.get("norm_topk_prob", False))
        return mix(x, routers[router], lambda e, rows: self.mlp(f"{p}.mlp.experts.{e}", rows))


class Mixtral(Family):
    theta = 1e6
    epsilon = 1e-5

    def __init__(self, config):
        super().__init__(config)
        self.bias = False

    def ffn_shapes(self, _layer):
        out = {"block_sparse_moe.gate.weight": (self.experts, self.d)}
        for e in range(self.experts):
            p = f"block_sparse_moe.experts.{e}"
            out |= {f"{p}.w1.weight": (self.inner, self.d), f"{p}.w3.weight": (self.inner, self.d), f"{p}.w2.weight": (self.d, self.inner)}
        return out

    def window(self):
        return self.config.get("sliding_window")

    def ffn(self, p, _layer, x, routers):
        router, w = f"{p}.block_sparse_moe.gate", self.weights
        routers[router] = softmax_router(self.linear(router, x), self.k, normalised=True)

        def expert(e, rows):
            w1, w2, w3 = (w[f"{p}.block_sparse_moe.experts.{e}.w{n}.weight"] for n in (1, 2, 3))
            return swiglu(rows, w1, w3, w2, self.act)
        return mix(x, routers[router], expert)


class Olmoe(Family):
    epsilon = 1e-5

    def attention_shapes(self):
        return super().attention_shapes() | {"q_norm.weight": (self.heads * self.h,), "k_norm.weight": (self.groups * self.h,)}

    def project(self, p, x):
        q, k, v = (self.linear(f"{p}.{name}", x) for name in ("q_proj", "k_proj", "v_proj"))
        q = rms_norm(q, self.weights[f"{p}.q_norm.weight"], self.epsilon)     # over all heads at once
        k = rms_norm(k, self.weights[f"{p}.k_norm.weight"], self.epsilon)
        clip = self.config.get("clip_qkv")
        if clip is not None:
            q, k, v = (np.clip(t, -clip, clip) for t in (q, k, v))
        return heads(q, self.heads), heads(k, self.groups), heads(v, self.groups)


class Qwen3Moe(Family):
    def __init__(self, config):
        super().__init__(config)
        self.inner = config["moe_intermediate_size"]

    def sparse(self, layer):
        return layer not in self.config.get("mlp_only_layers", []) and (layer + 1) % self.config.get("decoder_sparse_step", 1) == 0

    def attention_shapes(self):
        return super().attention_shapes() | {"q_norm.weight": (self.h,), "k_norm.weight": (self.h,)}

    def ffn_shapes(self, layer):
        return super().ffn_shapes(layer) if self.sparse(layer) else self.mlp_shapes("mlp", self.config["intermediate_size"])

    def project(self, p, x):
        q, k, v = super().project(p, x)
        return (rms_norm(q, self.weights[f"{p}.q_norm.weight"], self.epsilon),
                rms_norm(k, self.weights[f"{p}.k_norm.weight"], self.epsilon), v)

    def window(self):
        return self.config.get("sliding_window") if self.config.get("use_sliding_window", False) else None

    def ffn(self, p, layer, x, routers):
        return super().ffn(p, layer, x, routers) if self.sparse(layer) else self.mlp(f"{p}.mlp", x)


class DeepseekV3(Family):
    experts_keys = ("n_routed_experts", "num_local_experts")
    latent_epsilon = 1e-6                                     # of the norms inside MLA, whatever rms_norm_eps is

    def __init__(self, config):
        self.nope, self.rot, self.v = config["qk_nope_head_dim"], config["qk_rope_head_dim"], config["v_head_dim"]
        self.latent, self.q_rank = config["kv_lora_rank"], config.get("q_lora_rank")
        super().__init__(config)
        self.inner = config["moe_intermediate_size"]
        self.shared = self.inner * config.get("n_shared_experts", 1)
        self.dense_layers = config.get("first_k_dense_replace", 3)

    def rotary_size(self):
        return self.rot

    def attention_shapes(self):
        q_rows = self.heads * (self.nope + self.rot)
        out = {"kv_a_proj_with_mqa.weight": (self.latent + self.rot, self.d), "kv_a_layernorm.weight": (self.latent,),
               "kv_b_proj.weight": (self.heads * (self.nope + self.v), self.latent), "o_proj.weight": (self.d, self.heads * self.v)}
        if self.q_rank is None:
            out["q_proj.weight"] = (q_rows, self.d)
        else:
            out |= {"q_a_proj.weight": (self.q_rank, self.d), "q_a_layernorm.weight": (self.q_rank,),
                    "q_b_proj.weight": (q_rows, self.q_rank)}
        if self.bias:
            out |= {f"{name}.bias": out[f"{name}.weight"][:1] for name in ("q_a_proj", "kv_a_proj_with_mqa", "o_proj")
                    if f"{name}.weight" in out}
        return out

    def ffn_shapes(self, layer):
        if layer < self.dense_layers:
            return self.mlp_shapes("mlp", self.config["intermediate_size"])
        return (super().ffn_shapes(layer) | {"mlp.gate.e_score_correction_bias": (self.experts,)}
                | self.mlp_shapes("mlp.shared_experts", self.shared))

    def attention(self, p, x, tables):
        w, interleaved = self.weights, self.config.get("rope_interleave", True)
        if self.q_rank is None:
            q = self.linear(f"{p}.q_proj", x)
        else:
            q = rms_norm(self.linear(f"{p}.q_a_proj", x), w[f"{p}.q_a_layernorm.weight"], self.latent_epsilon)
            q = self.linear(f"{p}.q_b_proj", q)
        q = heads(q, self.heads)
        compressed = self.linear(f"{p}.kv_a_proj_with_mqa", x)
        latent, k_rope = compressed[:, :self.latent], compressed[:, self.latent:]
        latent = rms_norm(latent, w[f"{p}.kv_a_layernorm.weight"], self.latent_epsilon)
        kv = heads(self.linear(f"{p}.kv_b_proj", latent), self.heads)
        k_nope, v = kv[..., :self.nope], kv[..., self.nope:]
        k_rope = np.broadcast_to(rotate(k_rope, tables, interleaved), (self.heads, *k_rope.shape))
        q = np.concatenate([q[..., :self.nope], rotate(q[..., self.nope:], tables, interleaved)], -1)
        k = np.concatenate([k_nope, k_rope], -1)
        scale = (self.nope + self.rot) ** -0.5 * self.rope.mla_scale()
        return self.linear(f"{p}.o_proj", attend(q, k, v, scale))

    def ffn(self, p, layer, x, routers):
        if layer < self.dense_layers:
            return self.mlp(f"{p}.mlp", x)
        c, router = self.config, f"{p}.mlp.gate"
        routers[router] = sigmoid_router(
            x @ self.weights[f"{router}.weight"].T, self.weights[f"{router}.e_score_correction_bias"], self.k, c.get("n_group", 8),
            c.get("topk_group", 4), c.get("norm_topk_prob", True), c.get("routed_scaling_factor", 2.5))
        return mix(x, routers[router], lambda e, rows: self.mlp(f"{p}.mlp.experts.{e}", rows)) + self.mlp(f"{p}.mlp.shared_experts", x)


FAMILIES = {"mixtral": Mixtral, "olmoe": Olmoe, "qwen3_moe": Qwen3Moe, "deepseek_v3": DeepseekV3}


def of(config):
    return FAMILIES[config["model_type"]](config)


def load(folder):
    """The model of a checkpoint folder, ready to run."""
    return of(json.loads((folder / "config.json").read_text())).load(safetensors.read_folder(folder))
