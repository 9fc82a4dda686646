"""Greedy decoding by its plainest definition: the whole sequence again for every token, no cache, eos ignored."""
import numpy as np


def greedy(model, prompt, count):
    """The new ids, the least gap between a best and a second logit, and every forward pass."""
    ids, gap, passes = list(prompt), np.inf, []
    for _ in range(count):
        passes.append(model.forward(ids))
        logits = passes[-1].logits[-1]
        second, best = np.sort(logits)[-2:]
        gap = min(gap, best - second)
        ids.append(int(logits.argmax()))
    return ids[len(prompt):], gap, passes
