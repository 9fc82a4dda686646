"""A decoder of pre-norm layers: what most families are, with a method for everything in which some of them differ."""
import numpy as np

from reference.attention import attend, causal, split_heads
from reference.model import Forward, Model
from reference.numerics import ACTIVATIONS, rms_norm
from reference.rope import Rope, parameter_sets, rotate
from reference.routers import mix, softmax_router

ALIASES = {"num_local_experts": "num_experts", "n_routed_experts": "num_experts", "moe_num_experts": "num_experts",
           "moe_k": "num_experts_per_tok", "moe_topk": "num_experts_per_tok",
           "num_shared_experts": "n_shared_experts", "moe_num_shared_experts": "n_shared_experts"}
QKVO = ("q_proj", "k_proj", "v_proj", "o_proj")


class Decoder(Model):
    """p is the prefix of a tensor's or a module's name, layer a layer's number from 0.

    `defaults` of a class are the values of keys that config.json lacks; a subclass's come before its base's.
    """
    defaults = dict(hidden_act="silu", rms_norm_eps=1e-6, rope_theta=10000.0, num_key_value_heads=None, head_dim=None,
                    tie_word_embeddings=False, attention_bias=False, norm_topk_prob=False, sliding_window=None, layer_types=None,
                    mlp_layer_types=None, n_shared_experts=1)
    embedding, final_norm, head, layer_prefix = "model.embed_tokens", "model.norm", "lm_head", "model.layers"
    attention_name, output_name = "self_attn", "o_proj"
    norms = ("input_layernorm", "post_attention_layernorm")
    biased = QKVO                           # projections with a bias where `attention_bias` is set
    qk_norm = None                          # "head": of each head by itself; "projection": of all heads at once
    qk_norm_names = ("q_norm", "k_norm")
    interleaved = False                     # rotary pairs are neighbours
    sinks = None                            # name of the sinks' tensor
    mlp_name = "mlp"
    router = "mlp.gate"
    correction = None                       # name of the bias that only selects
    expert_names = ("gate_proj", "up_proj", "down_proj")
    inner_key = "intermediate_size"         # of an expert
    weighs_input = False                    # an expert's weight multiplies what goes in, not what comes out
    shared = None                           # prefix of the shared expert
    mlp_bias = False                        # of dense and shared MLPs
    head_bias = False
    rope_keys = None                        # the only keys that positions are read from

    def __init__(self, config, prefix=""):
        """prefix: of every tensor's name in the checkpoint."""
        super().__init__()
        defaults = {}
        for base in reversed(type(self).__mro__):
            defaults |= vars(base).get("defaults", {})
        self.config = c = defaults | {ALIASES.get(key, key): value for key, value in config.items()}
        self.prefix = prefix
        self.d, self.layers, self.experts = c["hidden_size"], c["num_hidden_layers"], c["num_experts"]
        self.h = c["head_dim"] or self.d // c["num_attention_heads"]
        self.v = self.h                     # size of a value head
        self.epsilon = c["rms_norm_eps"]
        self.act = ACTIVATIONS[c["hidden_act"]]
        self.k = c["num_experts_per_tok"]
        self.inner = c[self.inner_key]
        self.dense_inner = c["intermediate_size"]
        self.shared_inner = (self.inner or 0) * c["n_shared_experts"]
        self.bias, self.tied = c["attention_bias"], c["tie_word_embeddings"]
        self.window = c["sliding_window"]
        self.scale = self.h ** -0.5         # of attention scores
        self.layer_types = self.types()
        self.ropes = {kind: self.make_rope(p) for kind, p in self.rope_parameters().items()}

    # --- what may differ from layer to layer

    def types(self):
        """The layer type of every layer."""
        return ["full_attention"] * self.layers

    def sparse(self, layer):
        return True

    def listed_sparse(self, layer, dense):
        """By `mlp_layer_types`; without it the first `dense` layers are dense."""
        kinds = self.config["mlp_layer_types"]
        return kinds[layer] == "sparse" if kinds else layer >= dense

    def stepped_sparse(self, layer):
        """Every `decoder_sparse_step`-th layer that `mlp_only_layers` does not name."""
        return layer not in self.config["mlp_only_layers"] and (layer + 1) % self.config["decoder_sparse_step"] == 0

    def query_heads(self, _layer):
        return self.config["num_attention_heads"]

    def key_heads(self, _layer):
        return self.config["num_key_value_heads"] or self.config["num_attention_heads"]

    def rope_parameters(self):
        keys = self.config if self.rope_keys is None else self.rope_keys
        return parameter_sets({key: self.config[key] for key in keys}, self.layer_types)

    def make_rope(self, p):
        return Rope(p, self.rotary_size(p), self.config["max_position_embeddings"])

    def rotary_size(self, _p):
        return self.h

    def rotates(self, _layer):
        return True

    def allowed(self, layer, length):
        """[T, T] mask of a layer's attention."""
        match self.layer_types[layer]:
            case "full_attention":
                return causal(length)
            case "sliding_attention":
                return causal(length, window=self.window)
            case "chunked_attention":
                return causal(length, chunk=self.config["attention_chunk_size"])

    # --- tensors

    def shapes(self):
        """{name: shape} of every tensor that the forward pass reads."""
        out = {f"{self.embedding}.weight": (self.config["vocab_size"], self.d), **self.norm_shapes(self.final_norm)}
        if not self.tied:
            out[f"{self.head}.weight"] = out[f"{self.embedding}.weight"]
        if self.head_bias:
            out[f"{self.head}.bias"] = (self.config["vocab_size"],)
        for layer in range(self.layers):
            out |= {f"{self.layer_prefix}.{layer}.{name}": shape for name, shape in self.layer_shapes(layer).items()}
        return {f"{self.prefix}{name}": shape for name, shape in out.items()}

    def layer_shapes(self, layer):
        out = {f"{self.attention_name}.{name}": shape for name, shape in self.attention_shapes(layer).items()}
        for name in self.norms:
            out |= self.norm_shapes(name)
        return out | (self.sparse_shapes(layer) if self.sparse(layer) else self.mlp_shapes(self.mlp_name, self.dense_inner, self.mlp_bias))

    def norm_shapes(self, name):
        return {f"{name}.weight": (self.d,)}

    def attention_shapes(self, layer):
        q, kv = self.query_heads(layer), self.key_heads(layer)
        out = {"q_proj.weight": (q * self.h, self.d), "k_proj.weight": (kv * self.h, self.d), "v_proj.weight": (kv * self.v, self.d),
               "o_proj.weight": (self.d, q * self.v)}
        if self.bias:
            out |= {f"{name}.bias": out[f"{name}.weight"][:1] for name in self.biased}
        if self.qk_norm:
            sizes = (self.h, self.h) if self.qk_norm == "head" else (q * self.h, kv * self.h)
            out |= {f"{name}.weight": (size,) for name, size in zip(self.qk_norm_names, sizes)}
        return out

    def mlp_shapes(self, p, inner, bias=False, names=expert_names):
        gate, up, down = names
        out = {f"{p}.{gate}.weight": (inner, self.d), f"{p}.{up}.weight": (inner, self.d), f"{p}.{down}.weight": (self.d, inner)}
        return out | {name.replace(".weight", ".bias"): shape[:1] for name, shape in out.items()} if bias else out

    def sparse_shapes(self, _layer):
        out = {f"{self.router}.weight": (self.experts, self.d)} | self.expert_shapes()
        if self.correction:
            out[self.correction] = (self.experts,)
        if self.shared and self.shared_inner:
            out |= self.mlp_shapes(self.shared, self.shared_inner, self.mlp_bias)
        return out

    def expert_shapes(self):
        out = {}
        for e in range(self.experts):
            out |= self.mlp_shapes(f"{self.mlp_name}.experts.{e}", self.inner, names=self.expert_names)
        return out

    # --- forward

    def start(self, prompt):
        """What greedy decoding runs, ids -> Forward, and the ids that it begins with."""
        return self.forward, prompt

    def forward(self, ids):
        x = self.embed(ids)
        states, routers = [x], {}
        for layer in range(self.layers):
            x = self.run_layer(f"{self.prefix}{self.layer_prefix}.{layer}", layer, x, routers)
            states.append(x)
        states[-1] = self.norm(self.prefix + self.final_norm, x)
        return Forward(self.logits(states[-1]), {f"hidden_states.{i}": state for i, state in enumerate(states)}, routers)

    def embed(self, ids):
        return self.weights[f"{self.prefix}{self.embedding}.weight"][ids]

    def logits(self, x):
        return self.linear(self.prefix + self.head, x, self.weights[f"{self.prefix}{self.embedding}.weight"] if self.tied else None)

    def norm(self, p, x):
        return rms_norm(x, self.weights[f"{p}.weight"], self.epsilon)

    def run_layer(self, p, layer, x, routers):
        first, second = self.norms
        x = x + self.attention(f"{p}.{self.attention_name}", layer, self.norm(f"{p}.{first}", x))
        return x + self.ffn(p, layer, self.norm(f"{p}.{second}", x), routers)

    def attention(self, p, layer, x):
        q, k, v = self.project(p, layer, x)
        q, k = self.position(p, layer, q, k)
        out = attend(q, k, v, self.scale, self.allowed(layer, len(x)), self.weights.get(f"{p}.{self.sinks}"))
        return self.linear(f"{p}.{self.output_name}", self.gate_output(p, x, out))

    def project(self, p, layer, x):
        """q [H, T, h], k [G, T, h] and v [G, T, v], normed where that comes before the rotation."""
        q, k, v = (self.linear(f"{p}.{name}", x) for name in QKVO[:3])
        if self.qk_norm == "projection":
            q, k = self.norm_qk(p, q, k)
        q, k, v = split_heads(q, self.query_heads(layer)), split_heads(k, self.key_heads(layer)), split_heads(v, self.key_heads(layer))
        return (*self.norm_qk(p, q, k), v) if self.qk_norm == "head" else (q, k, v)

    def norm_qk(self, p, q, k):
        return tuple(self.norm(f"{p}.{name}", t) for name, t in zip(self.qk_norm_names, (q, k)))

    def position(self, _p, layer, q, k):
        """q and k as they meet, rotated where the layer has positions."""
        if not self.rotates(layer):
            return q, k
        tables = self.ropes[self.layer_types[layer]].tables(q.shape[1])
        return rotate(q, tables, self.interleaved), rotate(k, tables, self.interleaved)

    def gate_output(self, _p, _x, out):
        """out [T, H·v] before o_proj; x: the layer's normed input."""
        return out

    def mlp(self, p, x, names=expert_names):
        gate, up, down = names
        return self.linear(f"{p}.{down}", self.act(self.linear(f"{p}.{gate}", x)) * self.linear(f"{p}.{up}", x))

    def fused_mlp(self, x, gate_up, down):
        """gate_up [2I, d], gate first; down [d, I]"""
        gate, up = np.split(x @ gate_up.T, 2, -1)
        return (self.act(gate) * up) @ down.T

    def ffn(self, p, layer, x, routers):
        if not self.sparse(layer):
            return self.mlp(f"{p}.{self.mlp_name}", x)
        routers[f"{p}.{self.router}"] = decision = self.route(p, layer, x)
        mixed = mix(x, decision, lambda e, rows: self.expert(f"{p}.{self.mlp_name}.experts", e, rows), self.weighs_input)
        return self.combine(p, x, mixed)

    def route(self, p, layer, x):
        return self.decide(layer, self.linear(f"{p}.{self.router}", x), self.weights.get(f"{p}.{self.correction}"))

    def decide(self, _layer, z, _correction):
        return softmax_router(z, self.k, self.config["norm_topk_prob"])

    def expert(self, p, e, x):
        return self.mlp(f"{p}.{e}", x, self.expert_names)

    def combine(self, p, x, mixed):
        """The experts' mixture with the shared expert."""
        return mixed + self.mlp(f"{p}.{self.shared}", x) if self.shared and self.shared_inner else mixed
