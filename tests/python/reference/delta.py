"""Linear attention with a matrix of memory a head, one token after the other. T tokens, H heads."""
import numpy as np


def delta_rule(q, k, v, decay, beta):
    """q and k [T, H, K], v [T, H, V], decay [T, H, 1] or [T, H, K], beta [T, H]; q and k are normed in here, the state S is [H, K, V]."""
    q, k = (x / np.sqrt((x * x).sum(-1, keepdims=True) + 1e-6) for x in (q, k))
    q = q * q.shape[-1] ** -0.5
    state, y = np.zeros((*k.shape[1:], v.shape[2])), np.zeros_like(v)
    for t in range(len(q)):
        state = decay[t][..., None] * state
        answer = np.einsum("hkv,hk->hv", state, k[t])
        state = state + np.einsum("hk,hv->hkv", k[t], beta[t][:, None] * (v[t] - answer))
        y[t] = np.einsum("hkv,hk->hv", state, q[t])
    return y


def lightning(q, k, v, decay):
    """q, k and v [T, H, h], decay [H]."""
    state, y = np.zeros((*k.shape[1:], v.shape[2])), np.zeros_like(v)
    for t in range(len(q)):
        state = decay[:, None, None] * state + np.einsum("hk,hv->hkv", k[t], v[t])
        y[t] = np.einsum("hkv,hk->hv", state, q[t])
    return y
