"""Llama 4: the weight of a chosen expert scales its input; chunked attention, and layers without positions whose queries grow."""
import numpy as np

from reference.decoder import Decoder
from reference.numerics import rms_norm, sigmoid
from reference.routers import decide


class Llama4Text(Decoder):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=5e5, head_dim=128, num_experts_per_tok=1, moe_layers=None, interleave_moe_layer_step=1,
                    no_rope_layers=None, no_rope_layer_interval=4, attention_chunk_size=8192, use_qk_norm=True,
                    attn_temperature_tuning=True, floor_scale=8192, attn_scale=0.1)
    interleaved = True
    mlp_name, router = "feed_forward", "feed_forward.router"
    shared = "feed_forward.shared_expert"
    transposed_experts = weighs_input = True

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.dense_inner = self.config["intermediate_size_mlp"]

    def types(self):
        return self.config["layer_types"] or ["chunked_attention" if self.rotates(layer) else "full_attention"
                                              for layer in range(self.layers)]

    def sparse(self, layer):
        listed, step = self.config["moe_layers"], self.config["interleave_moe_layer_step"]
        return layer % step == step - 1 if listed is None else layer in listed

    def rotates(self, layer):
        listed = self.config["no_rope_layers"]
        return bool(listed[layer]) if listed else (layer + 1) % self.config["no_rope_layer_interval"] != 0

    def expert_shapes(self):
        return {"feed_forward.experts.gate_up_proj": (self.experts, self.d, 2 * self.inner),
                "feed_forward.experts.down_proj": (self.experts, self.inner, self.d)}

    def position(self, p, layer, q, k):
        c = self.config
        if self.rotates(layer):
            q, k = super().position(p, layer, q, k)
            return tuple(rms_norm(t, 1.0, self.epsilon) for t in (q, k)) if c["use_qk_norm"] else (q, k)
        if c["attn_temperature_tuning"]:
            steps = np.floor((np.arange(q.shape[1]) + 1) / c["floor_scale"])
            q = q * (1 + c["attn_scale"] * np.log1p(steps))[:, None]
        return q, k

    def decide(self, _layer, z, _correction):
        return decide(z, sigmoid(z), z, self.k, lambda w: w)

    def expert(self, p, e, x):
        return self.fused_mlp(x, self.weights[f"{p}.gate_up_proj"][e].T, self.weights[f"{p}.down_proj"][e].T)
