"""FlexOlmo: OLMoE's attention and router; the norms come after the sublayers, on their outputs."""
from reference.decoder import Decoder


class FlexOlmo(Decoder):
    defaults = dict(rope_theta=5e5)
    norms = ("post_attention_layernorm", "post_feedforward_layernorm")
    qk_norm = "projection"

    def run_layer(self, p, layer, x, routers):
        x = x + self.norm(f"{p}.post_attention_layernorm", self.attention(f"{p}.self_attn", layer, x))
        return x + self.norm(f"{p}.post_feedforward_layernorm", self.ffn(p, layer, x, routers))
