"""MiniMax-Text-01: lightning attention between layers of Mixtral's; the residual is the normed input."""
import numpy as np

from reference.attention import causal
from reference.delta import lightning
from reference.families.mixtral import Mixtral
from reference.numerics import rms_norm, sigmoid

NORM_EPSILON = 1e-6                                           # of the norm in a lightning layer, whatever rms_norm_eps is


class MiniMax(Mixtral):
    defaults = dict(block_size=256, full_attn_alpha_factor=1, full_attn_beta_factor=1, linear_attn_alpha_factor=1, linear_attn_beta_factor=1,
                    mlp_alpha_factor=1, mlp_beta_factor=1)

    def types(self):
        return self.config["layer_types"] or ["linear_attention" if layer % 2 else "full_attention" for layer in range(self.layers)]

    def allowed(self, _layer, length):
        return causal(length, window=self.window)

    def attention_shapes(self, layer):
        if self.layer_types[layer] == "full_attention":
            return super().attention_shapes(layer)
        width = self.config["num_attention_heads"] * self.h
        return {"qkv_proj.weight": (3 * width, self.d), "norm.weight": (width,), "output_gate.weight": (width, self.d), "out_proj.weight": (self.d, width)}

    def run_layer(self, p, layer, x, routers):
        c, kind = self.config, "full_attn" if self.layer_types[layer] == "full_attention" else "linear_attn"
        u = self.norm(f"{p}.{self.norms[0]}", x)
        x = self.norm(f"{p}.{self.norms[1]}", c[f"{kind}_alpha_factor"] * u + c[f"{kind}_beta_factor"] * self.attention(f"{p}.self_attn", layer, u))
        return c["mlp_alpha_factor"] * x + c["mlp_beta_factor"] * self.ffn(p, layer, x, routers)

    def attention(self, p, layer, x):
        if self.layer_types[layer] == "full_attention":
            return super().attention(p, layer, x)
        heads = self.config["num_attention_heads"]
        q, k, v = np.split(self.act(self.linear(f"{p}.qkv_proj", x)).reshape(len(x), heads, -1), 3, -1)
        o = lightning(q, k, v, np.exp(-self.slopes(layer))).reshape(len(x), -1)
        o = rms_norm(o, self.weights[f"{p}.norm.weight"], NORM_EPSILON)
        return self.linear(f"{p}.out_proj", sigmoid(self.linear(f"{p}.output_gate", x)) * o)

    def slopes(self, layer):
        heads = self.config["num_attention_heads"]
        return 2 ** (-8 * np.arange(1, heads + 1) / heads) * (1 - layer / (self.layers - 1 + 1e-5) + 1e-5)
