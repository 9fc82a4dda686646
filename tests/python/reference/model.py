"""The blocks that the families share. T tokens, d hidden size, H query heads, G key/value heads, h head size, E experts, k chosen."""
import math
from dataclasses import dataclass

import numpy as np


# --- norms and activations -----------------------------------------------------------------------------------------

def rms_norm(x, weight, epsilon):
    return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + epsilon) * weight


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def gelu(x):
    return x / 2 * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))


def gelu_tanh(x):
    return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


ACTIVATIONS = {
    "silu": silu, "swish": silu, "gelu": gelu, "gelu_new": gelu_tanh, "gelu_pytorch_tanh": gelu_tanh,
    "quick_gelu": lambda x: x * sigmoid(1.702 * x),
    "relu": lambda x: np.maximum(x, 0), "relu2": lambda x: np.maximum(x, 0) ** 2,
    "sigmoid": sigmoid, "tanh": np.tanh,
}


def swiglu(x, gate, up, down, act):
    return (act(x @ gate.T) * (x @ up.T)) @ down.T


# --- rotary positions ----------------------------------------------------------------------------------------------

class Rope:
    """p: the flat dictionary of rotary parameters with its `rope_theta`; r: how many components of a head rotate."""

    def __init__(self, p, r, max_positions):
        self.p, self.r, self.max_positions = p, r, max_positions
        self.kind = p.get("rope_type") or p.get("type") or "default"
        self.original = p.get("original_max_position_embeddings") or max_positions
        self.factor = p.get("factor")
        if self.factor is None and self.kind in ("yarn", "longrope"):
            self.factor = max_positions / self.original

    def tables(self, length):
        """cos and sin [T, r/2] of a whole sequence of that length. Angles are float32, as everybody computes them."""
        omega = self.frequencies(length).astype(np.float32)
        angles = (np.arange(length, dtype=np.float32)[:, None] * omega).astype(np.float64)
        c = self.attention_factor()
        return np.cos(angles) * c, np.sin(angles) * c

    def base(self, theta):
        return float(theta) ** (-2 * np.arange(self.r // 2) / self.r)

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
                ramp = np.clip((np.arange(self.r // 2) - low) / (high - low if high != low else 0.001), 0, 1)
                return f * (1 - ramp) + f / s * ramp
            case "llama3":
                a, b, wave = self.p["low_freq_factor"], self.p["high_freq_factor"], 2 * math.pi / f
                t = np.clip((self.original / wave - a) / (b - a), 0, 1)
                return (1 - t) * f / s + t * f
            case "longrope":
                return f / np.array(self.p["long_factor" if length > self.original else "short_factor"], float)
        raise ValueError(f"rope type {self.kind}")

    def attention_factor(self):
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
    """x [..., T, r]; component n pairs with n + r/2, or 2n with 2n + 1."""
    cos, sin = tables
    half = x.shape[-1] // 2
    first, second = (np.s_[..., 0::2], np.s_[..., 1::2]) if interleaved else (np.s_[..., :half], np.s_[..., half:])
    y = np.empty_like(x)
    y[first] = x[first] * cos - x[second] * sin
    y[second] = x[second] * cos + x[first] * sin
    return y


# --- attention -----------------------------------------------------------------------------------------------------

def heads(x, count):
    """[T, count·h] -> [count, T, h]"""
    return x.reshape(len(x), count, -1).transpose(1, 0, 2)


def attend(q, k, v, scale, window=None):
    """Causal attention of q [H, T, h] over k [G, T, h] and v [G, T, v] -> [T, H·v]; a window counts the query's own position."""
    group = len(q) // len(k)
    i, j = np.indices((q.shape[1], q.shape[1]))
    hidden = (j > i) | (i - j >= window if window else False)
    out = [softmax(np.where(hidden, -np.inf, scale * (q[a] @ k[a // group].T))) @ v[a // group] for a in range(len(q))]
    return np.concatenate(out, -1)


# --- routers -------------------------------------------------------------------------------------------------------

@dataclass
class Decision:
    """What one router decided for T tokens; the columns are those of a golden."""
    router_logits: np.ndarray       # [T, E]
    router_scores: np.ndarray       # [T, E]
    selection_scores: np.ndarray    # [T, E]
    selected_experts: np.ndarray    # [T, k] by descending weight
    routing_weights: np.ndarray     # [T, k]
    selection_margin: float         # least gap between a last chosen and a first unchosen expert or group; inf if none was unchosen

    def order_gap(self):
        """Least gap between two neighbouring weights: below it rounding decides the order of the chosen."""
        w = self.routing_weights
        return (w[:, :-1] - w[:, 1:]).min() if w.shape[1] > 1 else np.inf


def top_k(a, k):
    """Indices of the k largest of each row; the lower index wins a tie."""
    return np.argsort(-a, -1, kind="stable")[:, :k]


def margin(a, k):
    """Least gap in any row of a between its k-th and its next value."""
    if k >= a.shape[1]:
        return np.inf
    ranked = -np.sort(-a, -1)
    return (ranked[:, k - 1] - ranked[:, k]).min()


def decide(z, s, a, k, gap, weights):
    """weights: from the chosen scores [T, k] to what the experts are multiplied by."""
    selected = top_k(a, k)
    w = weights(np.take_along_axis(s, selected, -1))
    order = np.argsort(-w, -1, kind="stable")
    return Decision(z, s, a, np.take_along_axis(selected, order, -1), np.take_along_axis(w, order, -1), min(gap, margin(a, k)))


def softmax_router(z, k, normalised):
    s = softmax(z)
    return decide(z, s, s, k, np.inf, lambda w: w / w.sum(-1, keepdims=True) if normalised else w)


def sigmoid_router(z, bias, k, groups, kept, normalised, factor):
    """The bias and the groups decide who is chosen, never the weights. A group counts its two best."""
    s = sigmoid(z)
    a, gap = s + bias, np.inf
    if groups > 1:
        grouped = a.reshape(len(a), groups, -1)
        best = np.sort(grouped, -1)[..., -2:].sum(-1)
        keep = np.zeros_like(best, bool)
        np.put_along_axis(keep, top_k(best, kept), True, -1)
        a, gap = np.where(keep[..., None], grouped, -np.inf).reshape(a.shape), margin(best, kept)
    return decide(z, s, a, k, gap, lambda w: factor * (w / (w.sum(-1, keepdims=True) + 1e-20) if normalised else w))


def mix(x, decision, expert):
    """Σ over the chosen experts e of w_e · expert(e, x)"""
    y = np.zeros_like(x)
    for e in range(decision.router_logits.shape[1]):
        rows, slots = np.nonzero(decision.selected_experts == e)
        if len(rows):
            y[rows] += decision.routing_weights[rows, slots, None] * expert(e, x[rows])
    return y
