"""AFMoE: four norms a layer, gated attention output, window layers with positions and full layers without, muP embeddings."""
from reference.decoder import Decoder
from reference.numerics import sigmoid
from reference.routers import sigmoid_router


class Afmoe(Decoder):
    defaults = dict(rms_norm_eps=1e-5, n_shared_experts=2, num_dense_layers=1, route_scale=1.0, mup_enabled=False,
                    global_attn_every_n_layers=4, sliding_window=1024, head_dim=128)
    norms = ("input_layernorm", "post_attention_layernorm", "pre_mlp_layernorm", "post_mlp_layernorm")
    qk_norm = "head"
    inner_key = "moe_intermediate_size"
    router, correction = "mlp.router.gate", "mlp.expert_bias"
    shared = "mlp.shared_experts"

    def types(self):
        c = self.config
        return c["layer_types"] or ["sliding_attention" if (layer + 1) % c["global_attn_every_n_layers"] else "full_attention"
                                    for layer in range(self.layers)]

    def sparse(self, layer):
        return layer >= self.config["num_dense_layers"]

    def rotates(self, layer):
        return self.layer_types[layer] == "sliding_attention"

    def attention_shapes(self, layer):
        return super().attention_shapes(layer) | {"gate_proj.weight": (self.query_heads(layer) * self.h, self.d)}

    def embed(self, ids):
        x = super().embed(ids)
        return x * self.d ** 0.5 if self.config["mup_enabled"] else x

    def run_layer(self, p, layer, x, routers):
        before_attention, after_attention, before_mlp, after_mlp = (f"{p}.{name}" for name in self.norms)
        x = x + self.norm(after_attention, self.attention(f"{p}.self_attn", layer, self.norm(before_attention, x)))
        return x + self.norm(after_mlp, self.ffn(p, layer, self.norm(before_mlp, x), routers))

    def gate_output(self, p, x, out):
        return out * sigmoid(self.linear(f"{p}.gate_proj", x))

    def decide(self, _layer, z, correction):
        return sigmoid_router(z, correction, self.k, factor=self.config["route_scale"])
