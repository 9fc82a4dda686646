"""Weights as they are handed to the experts, and what was dropped: found among the tensors that a program has at hand after it has chosen."""
import re

import torch

_WEIGHTY = re.compile(r"weight|gate|prob|scor|coef|combine", re.I)


def shape_of(tensor, tokens, experts, k):
    """How a tensor holds a number for each choice: `slots` [tokens, k], `dense` [tokens, experts], `capacity` [tokens, experts, places]; None = it does not."""
    if tensor.dim() >= 3 and tensor.shape[-2] == experts and tensor.numel() == tokens * experts * tensor.shape[-1] and tensor.shape[:-2].numel() == tokens:
        return "capacity"
    if tensor.numel() == tokens * k and (tensor.shape[-1:] == (k,) or k == 1):
        return "slots"
    if tensor.dim() >= 2 and tensor.shape[-1] == experts and tensor.numel() == tokens * experts:
        return "dense"
    return None


def dense_of(tensor, shape, tokens, experts):
    """[tokens, experts], from `dense` or `capacity`."""
    return tensor.reshape(tokens, experts, -1).sum(-1) if shape == "capacity" else tensor.reshape(tokens, experts)


def on_slots(tensor, shape, indices, experts):
    """[tokens, k] from any shape, at the chosen `indices` [tokens, k]."""
    if shape == "slots":
        return tensor.reshape(indices.shape)
    return dense_of(tensor, shape, len(indices), experts).gather(1, indices)


def find(named, indices, values, experts):
    """(weights, mask) among (where, tensor) pairs, each (where, shape) or None. `indices` and `values` [tokens, k] are what was chosen; values may be None."""
    tokens, k = indices.shape
    weights, mask = [], None
    for where, tensor in named:
        shape = shape_of(tensor, tokens, experts, k) if tokens else None
        if shape is None:
            continue
        if not tensor.is_floating_point():
            if shape != "slots" and _only_on(dense_of(tensor.detach().cpu().long(), shape, tokens, experts), indices):
                mask = mask or (where, shape)
            continue
        host = tensor.detach().float().cpu()
        if shape != "slots" and not _only_on(dense_of(host, shape, tokens, experts), indices):
            continue
        if shape != "slots" and bool(((host == 0) | (host == 1)).all()):
            mask = mask or (where, shape)
            continue
        if shape == "slots" and not bool((host[torch.isfinite(host)] >= -1e-6).all()):
            continue                                   # logits of the chosen
        same = values is not None and shape == "slots" and torch.equal(host.reshape(tokens, k), values)
        weights.append(((shape == "slots", not same, bool(_WEIGHTY.search(str(where[-1]) if where else ""))), where, shape))
    weights.sort(key=lambda found: found[0])
    return (weights[-1][1:] if weights else None), mask


def _only_on(dense, indices):
    """Nothing but zeros beside the chosen, and something on them."""
    beside = dense.scatter(1, indices, 0)
    return not bool((beside != 0).any()) and bool((dense != 0).any())
