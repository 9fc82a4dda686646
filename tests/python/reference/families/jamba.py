"""Jamba: Mamba layers with attention without positions every so often, experts every other layer."""
import math

import numpy as np

from reference.decoder import Decoder
from reference.mamba import causal_convolution, scan
from reference.numerics import rms_norm, softplus
from reference.routers import softmax_router


class Jamba(Decoder):
    defaults = dict(attn_layer_period=8, attn_layer_offset=4, expert_layer_period=2, expert_layer_offset=1, num_experts=16,
                    num_experts_per_tok=2, mamba_expand=2, mamba_d_state=16, mamba_d_conv=4, mamba_dt_rank="auto", mamba_conv_bias=True,
                    mamba_proj_bias=False)
    final_norm = "model.final_layernorm"
    norms = ("input_layernorm", "pre_ff_layernorm")
    mlp_name, router = "feed_forward", "feed_forward.router"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        self.channels, self.numbers = c["mamba_expand"] * self.d, c["mamba_d_state"]
        self.rank = math.ceil(self.d / 16) if c["mamba_dt_rank"] == "auto" else c["mamba_dt_rank"]

    def sparse(self, layer):
        c = self.config
        return self.experts > 1 and layer % c["expert_layer_period"] == c["expert_layer_offset"]

    def attends(self, layer):
        return layer % self.config["attn_layer_period"] == self.config["attn_layer_offset"]

    def rotates(self, _layer):
        return False

    def layer_shapes(self, layer):
        out = super().layer_shapes(layer)
        if self.attends(layer):
            return out
        d, channels, numbers, rank = self.d, self.channels, self.numbers, self.rank
        out = {name: shape for name, shape in out.items() if not name.startswith("self_attn.")} | {
            "mamba.in_proj.weight": (2 * channels, d), "mamba.conv1d.weight": (channels, 1, self.config["mamba_d_conv"]),
            "mamba.x_proj.weight": (rank + 2 * numbers, channels), "mamba.dt_proj.weight": (channels, rank), "mamba.dt_proj.bias": (channels,),
            "mamba.A_log": (channels, numbers), "mamba.D": (channels,), "mamba.dt_layernorm.weight": (rank,),
            "mamba.b_layernorm.weight": (numbers,), "mamba.c_layernorm.weight": (numbers,), "mamba.out_proj.weight": (d, channels)}
        if self.config["mamba_conv_bias"]:
            out["mamba.conv1d.bias"] = (channels,)
        if self.config["mamba_proj_bias"]:
            out |= {"mamba.in_proj.bias": (2 * channels,), "mamba.out_proj.bias": (d,)}
        return out

    def attention(self, p, layer, x):
        return super().attention(p, layer, x) if self.attends(layer) else self.mamba(p.replace("self_attn", "mamba"), x)

    def mamba(self, p, u):
        w = self.weights
        y, z = np.split(self.linear(f"{p}.in_proj", u), 2, -1)
        y = self.act(causal_convolution(y, w[f"{p}.conv1d.weight"], w.get(f"{p}.conv1d.bias")))
        low, b, c = np.split(self.linear(f"{p}.x_proj", y), [self.rank, self.rank + self.numbers], -1)
        low, b, c = (rms_norm(v, w[f"{p}.{name}_layernorm.weight"], self.epsilon) for name, v in (("dt", low), ("b", b), ("c", c)))
        steps = softplus(self.linear(f"{p}.dt_proj", low))
        b, c = (np.broadcast_to(v[:, None], (len(u), self.channels, self.numbers)) for v in (b, c))
        o = scan(y[:, :, None], steps, -np.exp(w[f"{p}.A_log"]), b, c, w[f"{p}.D"])[:, :, 0]
        return self.linear(f"{p}.out_proj", o * self.act(z))

    def decide(self, _layer, z, _correction):
        return softmax_router(z, self.k, False)
