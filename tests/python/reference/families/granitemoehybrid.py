"""Granite 4.0: Granite-MoE with a shared MLP, Mamba-2 instead of most attention, with or without positions and experts."""
import math

from reference.families.granitemoeshared import GraniteMoeShared
from reference.mamba import Mamba2


class GraniteMoeHybrid(GraniteMoeShared):
    defaults = dict(shared_intermediate_size=1024, position_embedding_type=None, mamba_n_heads=128, mamba_d_head="auto", mamba_n_groups=1,
                    mamba_d_state=256, mamba_d_conv=4, mamba_expand=2, mamba_conv_bias=True, mamba_proj_bias=False,
                    time_step_limit=(0.0, math.inf))

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        size = c["mamba_expand"] * self.d // c["mamba_n_heads"] if c["mamba_d_head"] == "auto" else c["mamba_d_head"]
        limits = [math.inf if isinstance(limit, dict) else limit for limit in c["time_step_limit"]]
        self.mamba = Mamba2(self.d, c["mamba_n_heads"], size, c["mamba_n_groups"], c["mamba_d_state"], c["mamba_d_conv"],
                            c["mamba_proj_bias"], c["mamba_conv_bias"], limits, self.epsilon)

    def types(self):
        names = {"mamba": "linear_attention", "attention": "full_attention"}
        return [names.get(kind, kind) for kind in self.config["layer_types"] or ["mamba"] * self.layers]

    def rotates(self, _layer):
        return self.config["position_embedding_type"] == "rope"

    def layer_shapes(self, layer):
        out = super().layer_shapes(layer)
        if self.layer_types[layer] == "full_attention":
            return out
        out = {name: shape for name, shape in out.items() if not name.startswith("self_attn.")}
        return out | {f"mamba.{name}": shape for name, shape in self.mamba.shapes().items()}

    def sparse_shapes(self, layer):
        out = super().sparse_shapes(layer)
        return out if self.experts else {name: shape for name, shape in out.items() if name.startswith("shared_mlp.")}

    def attention(self, p, layer, x):
        if self.layer_types[layer] == "full_attention":
            return super().attention(p, layer, x)
        return self.mamba.forward(self, p.replace("self_attn", "mamba"), x, self.act)

    def ffn(self, p, layer, x, routers):
        return super().ffn(p, layer, x, routers) if self.experts else self.combine(p, x, 0)
