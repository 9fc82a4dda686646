"""Routers and the mixture of what the chosen experts compute. T tokens, E experts, k chosen."""
from dataclasses import dataclass, replace

import numpy as np

from reference.numerics import sigmoid, softmax


@dataclass
class Decision:
    """What one router decided for T tokens; the columns are those of a golden."""
    router_logits: np.ndarray       # [T, E]
    router_scores: np.ndarray       # [T, E]
    selection_scores: np.ndarray    # [T, E]
    selected_experts: np.ndarray    # [T, k] by descending weight; -1: dropped
    routing_weights: np.ndarray     # [T, k]
    selection_margin: float         # least gap between a last chosen and a first unchosen expert or group; inf if none was unchosen
    order_gap: float                # least gap between two neighbouring weights: below it rounding decides the order of the chosen

    def columns(self):
        names = ("router_logits", "router_scores", "selection_scores", "selected_experts", "routing_weights")
        return {name: getattr(self, name) for name in names}


def top_k(a, k):
    """Indices of the k largest of each row; the lower index wins a tie."""
    return np.argsort(-a, -1, kind="stable")[:, :k]


def margin(a, k):
    """Least gap in any row of a between its k-th and its next value."""
    if k >= a.shape[1]:
        return np.inf
    ranked = -np.sort(-a, -1)
    return (ranked[:, k - 1] - ranked[:, k]).min()


def normalised(w, epsilon=0.0):
    return w / (w.sum(-1, keepdims=True) + epsilon)


def decide(z, s, a, k, weigh, gap=np.inf):
    """The k best of a; weigh: from their scores s [T, k] to what the experts are multiplied by. gap: of an earlier selection."""
    selected = top_k(a, k)
    w = weigh(np.take_along_axis(s, selected, -1))
    order = np.argsort(-w, -1, kind="stable")
    w = np.take_along_axis(w, order, -1)
    order_gap = (w[:, :-1] - w[:, 1:]).min() if k > 1 else np.inf
    return Decision(z, s, a, np.take_along_axis(selected, order, -1), w, min(gap, margin(a, k)), order_gap)


def limit_groups(a, groups, kept, best, fill):
    """a [T, E] with `fill` for the experts of all but the `kept` best groups, and the margin of that choice.

    A group is E/groups neighbours; it counts the sum of its `best` best.
    """
    if groups == 1:
        return a, np.inf
    grouped = a.reshape(len(a), groups, -1)
    score = np.sort(grouped, -1)[..., -best:].sum(-1)
    keep = np.zeros_like(score, bool)
    np.put_along_axis(keep, top_k(score, kept), True, -1)
    return np.where(keep[..., None], grouped, fill).reshape(a.shape), margin(score, kept)


def softmax_router(z, k, renormalise):
    s = softmax(z)
    return decide(z, s, s, k, normalised if renormalise else lambda w: w)


def logits_router(z, k):
    """Top-k of the logits, softmax over the chosen."""
    return replace(decide(z, z, z, k, softmax), router_scores=softmax(z))


def sigmoid_router(z, bias, k, groups=1, kept=1, renormalise=True, factor=1.0, epsilon=1e-20):
    """The bias and the groups decide who is chosen, never the weights. A group counts its two best."""
    s = sigmoid(z)
    a, gap = limit_groups(s + bias, groups, kept, best=2, fill=-np.inf)
    return decide(z, s, a, k, lambda w: factor * (normalised(w, epsilon) if renormalise else w), gap)


def mix(x, decision, expert, on_input=False):
    """Σ over the chosen experts e of w_e · expert(e, x), or of expert(e, w_e · x)"""
    y = np.zeros_like(x)
    for e in range(decision.router_logits.shape[1]):
        rows, slots = np.nonzero(decision.selected_experts == e)
        if len(rows):
            w = decision.routing_weights[rows, slots, None]
            y[rows] += expert(e, w * x[rows]) if on_input else w * expert(e, x[rows])
    return y
