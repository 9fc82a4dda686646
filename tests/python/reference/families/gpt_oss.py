"""gpt-oss: sinks in every layer, windows in every other, the best logits before the softmax, clamped SwiGLU of fused experts."""
import numpy as np

from reference.decoder import Decoder
from reference.numerics import sigmoid
from reference.routers import logits_router

YARN = dict(rope_type="yarn", rope_theta=150000.0, factor=32.0, beta_fast=32.0, beta_slow=1.0, truncate=False,
            original_max_position_embeddings=4096)


class GptOss(Decoder):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=150000.0, rope_parameters=YARN, head_dim=64, sliding_window=128, attention_bias=True,
                    num_experts_per_tok=4, swiglu_alpha=1.702, swiglu_limit=7.0)
    sinks = "sinks"
    router = "mlp.router"

    def types(self):
        return self.config["layer_types"] or ["full_attention" if layer % 2 else "sliding_attention" for layer in range(self.layers)]

    def attention_shapes(self, layer):
        return super().attention_shapes(layer) | {"sinks": (self.query_heads(layer),)}

    def sparse_shapes(self, layer):
        return super().sparse_shapes(layer) | {"mlp.router.bias": (self.experts,)}

    def expert_shapes(self):
        e, i, d = self.experts, self.inner, self.d
        return {"mlp.experts.gate_up_proj": (e, d, 2 * i), "mlp.experts.gate_up_proj_bias": (e, 2 * i),
                "mlp.experts.down_proj": (e, i, d), "mlp.experts.down_proj_bias": (e, d)}

    def decide(self, _layer, z, _correction):
        return logits_router(z, self.k)

    def expert(self, p, e, x):
        w, limit = self.weights, self.config["swiglu_limit"]
        gate_up = x @ w[f"{p}.gate_up_proj"][e] + w[f"{p}.gate_up_proj_bias"][e]
        gate, up = np.minimum(gate_up[:, 0::2], limit), np.clip(gate_up[:, 1::2], -limit, limit)
        out = (up + 1) * gate * sigmoid(self.config["swiglu_alpha"] * gate)
        return out @ w[f"{p}.down_proj"][e] + w[f"{p}.down_proj_bias"][e]
