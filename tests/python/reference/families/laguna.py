"""Laguna: sigmoid scores with a bias stored among the experts, a gate on the attention output, its own positions for every layer type."""
import numpy as np

from reference.decoder import Decoder
from reference.numerics import softplus
from reference.routers import sigmoid_router


class Laguna(Decoder):
    defaults = dict(head_dim=128, sliding_window=512, gating=True, num_attention_heads_per_layer=None, moe_routed_scaling_factor=1.0,
                    moe_router_logit_softcapping=0.0,
                    rope_parameters=dict(full_attention=dict(rope_type="default", rope_theta=5e5, partial_rotary_factor=0.5),
                                         sliding_attention=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=1.0)))
    rope_keys = ("rope_parameters",)
    qk_norm = "head"
    inner_key = "moe_intermediate_size"
    correction = "mlp.experts.e_score_correction_bias"
    shared = "mlp.shared_expert"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.shared_inner = self.config["shared_expert_intermediate_size"]
        self.gate_each_head = self.config["gating"] in (True, "per-head")

    def types(self):
        return self.config["layer_types"] or super().types()

    def sparse(self, layer):
        return self.listed_sparse(layer, dense=1)

    def query_heads(self, layer):
        each = self.config["num_attention_heads_per_layer"]
        return each[layer] if each else super().query_heads(layer)

    def rotary_size(self, p):
        return int(self.h * p.get("partial_rotary_factor", 1.0))

    def attention_shapes(self, layer):
        gates = self.query_heads(layer) * (1 if self.gate_each_head else self.h)
        return super().attention_shapes(layer) | {"g_proj.weight": (gates, self.d)}

    def gate_output(self, p, x, out):
        gate = softplus(self.linear(f"{p}.g_proj", x))
        return out * (np.repeat(gate, self.h, -1) if self.gate_each_head else gate)

    def decide(self, _layer, z, correction):
        cap = self.config["moe_router_logit_softcapping"]
        return sigmoid_router(cap * np.tanh(z / cap) if cap else z, correction, self.k, epsilon=0.0)

    def combine(self, p, x, mixed):
        return super().combine(p, x, self.config["moe_routed_scaling_factor"] * mixed)
