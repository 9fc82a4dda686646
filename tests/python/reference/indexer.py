"""Indexers: small queries and keys that choose what each query of an attention sees."""
import numpy as np

from reference.attention import split_heads


def index_scores(q, keys, weights):
    """c [T, S] = Σ_a w_a · max(0, q_a · k_j / √b) / √A; q [T, A·b], keys [S, b], weights [T, A]."""
    heads = weights.shape[1]
    products = np.maximum(split_heads(q, heads) @ keys.T / keys.shape[1] ** 0.5, 0)
    return np.einsum("tas,ta->ts", products.transpose(1, 0, 2), weights) / heads ** 0.5


def choose(scores, usable, k):
    """[T, S]: the k best usable of each row, all where they are no more; the lower index wins a tie. And the least gap of a choice, exact ties left out."""
    chosen, gap = np.zeros_like(usable), np.inf
    for row, candidates in enumerate(map(np.flatnonzero, usable)):
        ranked = candidates[np.argsort(-scores[row, candidates], kind="stable")]
        chosen[row, ranked[:k]] = True
        if len(ranked) > k and (step := scores[row, ranked[k - 1]] - scores[row, ranked[k]]) > 0:
            gap = min(gap, step)
    return chosen, gap
