"""Greedy decoding by its plainest definition: the whole sequence again for every token, no cache, eos ignored."""
import numpy as np


def greedy(model, prompt, count):
    """The new ids, the least gap between a best and a second logit, and the forward pass over everything but the last new id."""
    ids, gap = list(prompt), np.inf
    for _ in range(count):
        result = model.forward(ids)
        second, best = np.sort(result.logits[-1])[-2:]
        gap = min(gap, best - second)
        ids.append(int(result.logits[-1].argmax()))
    return ids[len(prompt):], gap, result
