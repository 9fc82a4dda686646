"""Rotary positions: the parameters of either config style, the frequencies of every kind, the rotation."""
import math

import numpy as np


def parameter_sets(config, layer_types):
    """{layer type: flat dictionary of parameters with its `rope_theta`}. A non-empty `rope_scaling` wins over `rope_parameters`.

    The parameters may be nested, a dictionary for each layer type; the type's own `truncate` is not read then.
    """
    p = config.get("rope_scaling") or config.get("rope_parameters") or {}
    outside = {key: config[key] for key in ("rope_theta", "partial_rotary_factor") if config.get(key) is not None}
    if p.keys() & set(layer_types):
        return {kind: outside | p[kind] | {"truncate": p.get("truncate", True)} for kind in set(layer_types)}
    p = outside | p
    if config.get("original_max_position_embeddings"):
        p["original_max_position_embeddings"] = config["original_max_position_embeddings"]
    return dict.fromkeys(layer_types, p)


class Rope:
    """p: a flat dictionary of rotary parameters; r: how many components of a head rotate, one more if that is odd."""

    def __init__(self, p, r, max_positions):
        self.p, self.r, self.max_positions = p, r, max_positions
        self.kind = p.get("rope_type") or p.get("type") or "default"
        self.original = p.get("original_max_position_embeddings") or max_positions
        self.factor = p.get("factor")
        if self.factor is None and self.kind in ("yarn", "longrope"):
            self.factor = max_positions / self.original

    def tables(self, length):
        """cos and sin [T, ⌈r/2⌉] of a whole sequence of that length. Angles are float32, as everybody computes them."""
        omega = self.frequencies(length).astype(np.float32)
        angles = (np.arange(length, dtype=np.float32)[:, None] * omega).astype(np.float64)
        c = self.attention_factor(length)
        return np.cos(angles) * c, np.sin(angles) * c

    def base(self, theta):
        return float(theta) ** (-2 * np.arange((self.r + 1) // 2) / self.r)

    def frequencies(self, length):
        theta, s, f = self.p["rope_theta"], self.factor, self.base(self.p["rope_theta"])
        match self.kind:
            case "default":
                return f
            case "linear":
                return f / s
            case "dynamic":
                m = self.max_positions
                stretch = s * max(length, m) / m - (s - 1)
                return self.base(theta * stretch ** (self.r / (self.r - 2)))
            case "yarn":
                low, high = (self.r * math.log(self.original / (2 * math.pi * beta)) / (2 * math.log(theta))
                             for beta in (self.p.get("beta_fast") or 32, self.p.get("beta_slow") or 1))
                if self.p.get("truncate", True):
                    low, high = math.floor(low), math.ceil(high)
                low, high = max(low, 0), min(high, self.r - 1)
                ramp = np.clip((np.arange(len(f)) - low) / (high - low if high != low else 0.001), 0, 1)
                return f * (1 - ramp) + f / s * ramp
            case "llama3":
                a, b, wave = self.p["low_freq_factor"], self.p["high_freq_factor"], 2 * math.pi / f
                t = np.clip((self.original / wave - a) / (b - a), 0, 1)
                return (1 - t) * f / s + t * f
            case "longrope":
                return f / np.array(self.p["long_factor" if length > self.original else "short_factor"], float)
        raise ValueError(f"rope type {self.kind}")

    def attention_factor(self, _length):
        """What cos and sin are multiplied by."""
        given = self.p.get("attention_factor")
        if self.kind not in ("yarn", "longrope"):
            return 1.0
        if given is not None:
            return given
        if self.kind == "longrope":
            return 1.0 if self.factor <= 1 else math.sqrt(1 + math.log(self.factor) / math.log(self.original))
        mscale, all_dim = self.p.get("mscale"), self.p.get("mscale_all_dim")
        if mscale and all_dim:
            return yarn_magnitude(self.factor, mscale) / yarn_magnitude(self.factor, all_dim)
        return yarn_magnitude(self.factor, 1)

    def mla_scale(self):
        """What MLA multiplies its softmax scale by."""
        all_dim = self.p.get("mscale_all_dim")
        return yarn_magnitude(self.factor, all_dim) ** 2 if self.kind != "default" and all_dim else 1.0


def yarn_magnitude(s, a):
    return 1.0 if s <= 1 else 0.1 * a * math.log(s) + 1


def rotate(x, tables, interleaved=False):
    """x [..., T, h]: the first 2n components rotate by cos and sin [T, n]; component i pairs with i + n, or 2i with 2i + 1."""
    cos, sin = tables
    n = cos.shape[-1]
    first, second = (np.s_[..., 0:2 * n:2], np.s_[..., 1:2 * n:2]) if interleaved else (np.s_[..., :n], np.s_[..., n:2 * n])
    y = x.copy()
    y[first] = x[first] * cos - x[second] * sin
    y[second] = x[second] * cos + x[first] * sin
    return y
