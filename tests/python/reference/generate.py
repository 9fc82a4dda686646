"""Greedy decoding by its plainest definition: the whole sequence again for every token, no cache, eos ignored."""
import numpy as np


def greedy(model, prompt, count):
    """The new ids, the least gap between a best and a second logit, and every forward pass."""
    step, ids = model.start(list(prompt))
    new, gap, passes = [], np.inf, []
    for _ in range(count):
        passes.append(step(ids + new))
        logits = passes[-1].logits[-1]
        second, best = np.sort(logits)[-2:]
        gap = min(gap, best - second)
        new.append(int(logits.argmax()))
    return new, gap, passes
