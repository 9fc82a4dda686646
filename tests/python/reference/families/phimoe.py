"""Phi-3.5-MoE: two rounds of argmax, each weight a softmax over the experts that come close; LayerNorm with bias."""
import numpy as np

from reference.decoder import Decoder
from reference.numerics import layer_norm, softmax
from reference.rope import Rope
from reference.routers import Decision


class PhiRope(Rope):
    def attention_factor(self, length):
        return 1.0 if self.kind == "default" else self.p["long_mscale" if length > self.original else "short_mscale"]


class Phimoe(Decoder):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=1e6, num_experts=16, router_jitter_noise=0.01, lm_head_bias=False)
    mlp_name, router = "block_sparse_moe", "block_sparse_moe.gate"
    expert_names = ("w1", "w3", "w2")

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.head_bias = self.config["lm_head_bias"]

    def types(self):
        return ["sliding_attention"] * self.layers

    def make_rope(self, p):
        return PhiRope(p, self.h, self.config["max_position_embeddings"])

    def norm_shapes(self, name):
        return {f"{name}.weight": (self.d,), f"{name}.bias": (self.d,)}

    def norm(self, p, x):
        return layer_norm(x, self.weights[f"{p}.weight"], self.weights[f"{p}.bias"], self.epsilon)

    def decide(self, _layer, z, _correction):
        noise = self.config["router_jitter_noise"]
        first, w1, gap1 = argmax_round(z, z, noise)
        rest = z.copy()
        np.put_along_axis(rest, first[:, None], -np.inf, -1)
        second, w2, gap2 = argmax_round(z, rest, noise)
        return Decision(z, softmax(z), z, np.stack([first, second], -1), np.stack([w1, w2], -1), min(gap1, gap2), np.inf)


def argmax_round(z, a, noise):
    """The best of a (logits z, or −∞ where an expert is out already), its weight, and how near any decision was to the other one."""
    best = a.argmax(-1)
    top = a.max(-1, keepdims=True)
    distance = (top - z) / np.maximum(np.abs(z), top)
    out = (distance > 2 * noise) | np.isinf(a)
    weight = 1 / np.where(out, 0, np.exp(z - top)).sum(-1)
    second, first = np.sort(a, -1)[:, -2:].T
    return best, weight, min((first - second).min(), np.abs(distance - 2 * noise)[np.isfinite(a)].min())
