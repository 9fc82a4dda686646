"""Granite-MoE: multipliers on embedding, attention, residual and logits; the best logits before the softmax, fused experts."""
from reference.decoder import Decoder
from reference.routers import logits_router


class GraniteMoe(Decoder):
    defaults = dict(embedding_multiplier=1.0, attention_multiplier=1.0, residual_multiplier=1.0, logits_scaling=1.0, num_experts=8,
                    num_experts_per_tok=2)
    mlp_name, router = "block_sparse_moe", "block_sparse_moe.router.layer"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.scale = self.config["attention_multiplier"]

    def expert_shapes(self):
        return {"block_sparse_moe.input_linear.weight": (self.experts, 2 * self.inner, self.d),
                "block_sparse_moe.output_linear.weight": (self.experts, self.d, self.inner)}

    def embed(self, ids):
        return self.config["embedding_multiplier"] * super().embed(ids)

    def run_layer(self, p, layer, x, routers):
        m = self.config["residual_multiplier"]
        x = x + m * self.attention(f"{p}.self_attn", layer, self.norm(f"{p}.input_layernorm", x))
        return x + m * self.ffn(p, layer, self.norm(f"{p}.post_attention_layernorm", x), routers)

    def logits(self, x):
        return super().logits(x) / self.config["logits_scaling"]

    def decide(self, _layer, z, _correction):
        return logits_router(z, self.k)

    def expert(self, p, e, x):
        block = p.removesuffix(".experts")
        return self.fused_mlp(x, *(self.weights[f"{block}.{name}_linear.weight"][e] for name in ("input", "output")))
