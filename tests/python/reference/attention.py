"""Softmax attention over grouped heads. H query heads, G key/value heads, h head size."""
import numpy as np


def split_heads(x, count):
    """[T, count·h] -> [count, T, h]"""
    return x.reshape(len(x), count, -1).transpose(1, 0, 2)


def causal(length, window=None, chunk=None):
    """[T, T]: may query i see key j? A window counts the query's own position; a chunk sees nothing before it."""
    i, j = np.indices((length, length))
    allowed = j <= i
    if window:
        allowed &= i - j < window
    if chunk:
        allowed &= i // chunk == j // chunk
    return allowed


def attend(q, k, v, scale, allowed, sinks=None, bias=0.0):
    """q [H, T, h] over k [G, S, h] and v [G, S, v] -> [T, H·v]; allowed [T, S].

    sinks [H]: one more term in each softmax's denominator. bias [H, T, S] is added to the scores.
    """
    group = len(q) // len(k)
    scores = scale * (q @ np.repeat(k, group, 0).transpose(0, 2, 1)) + bias
    scores = np.where(allowed, scores, -np.inf)
    top = scores.max(-1, keepdims=True)
    if sinks is not None:
        top = np.maximum(top, sinks[:, None, None])
    e = np.exp(scores - top)
    total = e.sum(-1, keepdims=True)
    if sinks is not None:
        total = total + np.exp(sinks[:, None, None] - top)
    out = e / total @ np.repeat(v, group, 0)
    return out.transpose(1, 0, 2).reshape(q.shape[1], -1)
