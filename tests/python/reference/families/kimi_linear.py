"""Kimi Linear: the delta rule with a decay a channel between layers of latent attention; no positions."""
import numpy as np

from reference.deepseek import DeepseekExperts
from reference.delta import delta_rule
from reference.mamba import causal_convolution
from reference.mla import Mla
from reference.numerics import rms_norm, sigmoid, silu, softplus

OWN = {"num_heads": "linear_num_heads", "head_dim": "linear_head_dim", "short_conv_kernel_size": "linear_conv_kernel_dim"}
KEYS = {"num_experts_per_token": "num_experts_per_tok", "num_expert_group": "n_group", "moe_renormalize": "norm_topk_prob",
        "model_max_length": "max_position_embeddings"}


class NoPositions:
    def tables(self, length):
        return np.ones((length, 0)), np.zeros((length, 0))


class KimiLinear(DeepseekExperts, Mla):
    defaults = dict(rms_norm_eps=1e-5, n_group=1, topk_group=1, norm_topk_prob=True, routed_scaling_factor=2.446, first_k_dense_replace=1,
                    linear_conv_kernel_dim=4, linear_attn_config=None)
    mlp_name, router = "block_sparse_moe", "block_sparse_moe.gate"
    correction, shared = "block_sparse_moe.gate.e_score_correction_bias", "block_sparse_moe.shared_experts"
    expert_names = ("w1", "w3", "w2")

    def __init__(self, config, prefix=""):
        config = {KEYS.get(key, key): value for key, value in config.items()}
        config |= {OWN[key]: value for key, value in (config.get("linear_attn_config") or {}).items() if key in OWN}
        super().__init__(config | {"head_dim": None}, prefix)
        self.rope = NoPositions()
        self.heads, self.size = self.config["linear_num_heads"], self.config["linear_head_dim"]

    def types(self):
        listed = self.config["linear_attn_config"] or {}
        if self.config["layer_types"]:
            return self.config["layer_types"]
        full = set(listed["full_attn_layers"]) if "full_attn_layers" in listed else {layer + 1 for layer in range(4, self.layers, 4)}
        return ["full_attention" if layer + 1 in full else "linear_attention" for layer in range(self.layers)]

    def rope_parameters(self):
        return {"full_attention": {"rope_theta": 1.0}}

    def sparse(self, layer):
        return self.listed_sparse(layer, self.config["first_k_dense_replace"])

    def layer_shapes(self, layer):
        out = super().layer_shapes(layer)
        if self.layer_types[layer] == "full_attention":
            return out
        out = {name: shape for name, shape in out.items() if not name.startswith("self_attn.")}
        return out | {f"self_attn.{name}": shape for name, shape in self.delta_shapes().items()}

    def delta_shapes(self):
        width, taps = self.heads * self.size, self.config["linear_conv_kernel_dim"]
        out = {"f_a_proj.weight": (self.size, self.d), "f_b_proj.weight": (width, self.size), "dt_bias": (width,), "A_log": (1, 1, self.heads, 1),
               "b_proj.weight": (self.heads, self.d), "g_a_proj.weight": (self.size, self.d), "g_b_proj.weight": (width, self.size),
               "o_norm.weight": (self.size,), "o_proj.weight": (self.d, width)}
        for name in "qkv":
            out |= {f"{name}_proj.weight": (width, self.d), f"{name}_conv1d.weight": (width, 1, taps)}
        return out

    def attention(self, p, layer, x):
        return super().attention(p, layer, x) if self.layer_types[layer] == "full_attention" else self.delta(p, x)

    def delta(self, p, x):
        w, shape = self.weights, (len(x), self.heads, self.size)
        q, k, v = (silu(causal_convolution(self.linear(f"{p}.{name}_proj", x), w[f"{p}.{name}_conv1d.weight"])).reshape(shape) for name in "qkv")
        decay = self.linear(f"{p}.f_b_proj", self.linear(f"{p}.f_a_proj", x)) + w[f"{p}.dt_bias"]
        decay = np.exp(-np.exp(w[f"{p}.A_log"][0]) * softplus(decay.reshape(shape)))
        o = delta_rule(q, k, v, decay, sigmoid(self.linear(f"{p}.b_proj", x)))
        gate = self.linear(f"{p}.g_b_proj", self.linear(f"{p}.g_a_proj", x)).reshape(shape)
        return self.linear(f"{p}.o_proj", (rms_norm(o, w[f"{p}.o_norm.weight"], self.epsilon) * sigmoid(gate)).reshape(len(x), -1))
