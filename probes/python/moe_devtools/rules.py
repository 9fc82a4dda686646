"""What a program was seen to do, in the words of a router rule: compared number by number, on the first pass. What fits nothing is left out."""
import torch

EPS = 1e-20


def learn(logits, ranked, indices, weights, k):
    """The rule [dict] that gives `weights` [tokens, k] at `indices` [tokens, k] from `logits` [tokens, experts]; `ranked` is what the call ranked. All on the host, float32; weights or logits None = unknown."""
    if logits is None or not len(logits) or not bool(torch.isfinite(logits).all()):
        return {}
    rule = {}
    functions = {"softmax": logits.softmax(-1), "sigmoid": logits.sigmoid()}
    if _close(ranked, logits):
        rule["ranks"] = "logits"
    else:
        for name, scores in functions.items():
            if _close(ranked, scores) or _is_biased(ranked, scores):
                rule.update(scores=name, ranks="scores")
                break
    if weights is None:
        return rule
    names = [rule["scores"]] if "scores" in rule else list(functions)
    if rule.get("ranks") == "logits" and _close(weights, logits.gather(1, indices).softmax(-1)):
        return {**rule, "scores": "softmax", "weights": "softmax_of_chosen"}
    for name in names:
        own = functions[name].gather(1, indices)
        for normalise, expected in ((True, own / (own.sum(-1, keepdim=True) + EPS)), (False, own)):
            if normalise and k == 1:
                continue
            scale = _scale(weights, expected)
            if scale is not None:
                return {**rule, "scores": name, "weights": "scores", "normalise": normalise, **({"scale": scale} if scale != 1 else {})}
    return rule


def weights_by(rule, logits, indices):
    """Weights [tokens, k] by a rule that was learnt; None where it does not say."""
    if logits is None or "weights" not in rule:
        return None
    if rule["weights"] == "softmax_of_chosen":
        return logits.gather(1, indices).softmax(-1)
    own = (logits.softmax(-1) if rule["scores"] == "softmax" else logits.sigmoid()).gather(1, indices)
    return (own / (own.sum(-1, keepdim=True) + EPS) if rule["normalise"] else own) * rule.get("scale", 1)


def _close(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=2e-2 if _is_coarse(a) else 1e-3, atol=1e-5)


def _is_coarse(a):
    return torch.equal(a, a.bfloat16().float())        # came in half precision


def _is_biased(ranked, scores):
    """A constant per expert was added, and groups may have been left out."""
    inside = torch.isfinite(ranked) & (ranked != 0)     # groups are left out by -inf or by 0
    shift = torch.where(inside, ranked - scores, torch.full_like(scores, float("nan")))
    seen = ~torch.isnan(shift)
    if int(seen.sum()) < 2 * shift.shape[1]:
        return False
    high = torch.where(seen, shift, torch.full_like(shift, float("-inf"))).max(0).values
    low = torch.where(seen, shift, torch.full_like(shift, float("inf"))).min(0).values
    both = high >= low
    return bool((high[both] - low[both] <= 1e-3).all())


def _scale(weights, expected):
    """The one factor between both; None where there is none. Weights of 0 were dropped and say nothing."""
    kept = (weights != 0) & (expected > 1e-6)
    if not bool(kept.any()):
        return None
    ratios = weights[kept] / expected[kept]
    scale = float(ratios.median())
    if not bool(((ratios - scale).abs() <= (2e-2 if _is_coarse(weights) else 2e-3) * abs(scale)).all()):
        return None
    return 1.0 if abs(scale - 1) < (1e-2 if _is_coarse(weights) else 1e-4) else round(scale, 4)
