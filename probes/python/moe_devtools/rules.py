"""What a program was seen to do, in the words of a router rule: compared number by number, on the first pass. What fits nothing is left out. Plain Python: it is asked once a router."""
import math
import struct

EPS = 1e-20
MOST_ROWS = 256            # that are looked at


def learn(logits, ranked, indices, weights):
    """The rule [dict] that gives `weights` [tokens][k] at `indices` [tokens][k] from `logits` [tokens][experts]; `ranked` [tokens][experts] is what was ranked. Lists of rows; None = unknown."""
    if not logits or not all(math.isfinite(z) for row in logits for z in row):
        return {}
    rule = {}
    functions = {"softmax": [_softmax(row) for row in logits], "sigmoid": [[_sigmoid(z) for z in row] for row in logits]}
    if ranked is not None and _close(ranked, logits):
        rule["ranks"] = "logits"
    elif ranked is not None:
        for name, scores in functions.items():
            if _close(ranked, scores) or _is_biased(ranked, scores):
                rule.update(scores=name, ranks="scores")
                break
    if weights is None:
        return rule
    if rule.get("ranks") == "logits" and _close(weights, [_softmax(row) for row in _gather(logits, indices)]):
        return {**rule, "scores": "softmax", "weights": "softmax_of_chosen"}
    for name in [rule["scores"]] if "scores" in rule else list(functions):
        own = _gather(functions[name], indices)
        for normalise in (True, False):
            if normalise and len(indices[0]) == 1:
                continue
            scale = _scale(weights, [[value / (sum(row) + EPS) for value in row] for row in own] if normalise else own)
            if scale is not None:
                return {**rule, "scores": name, "weights": "scores", "normalise": normalise, **({"scale": scale} if scale != 1 else {})}
    return rule


def weights_by(rule, logits, indices):
    """Weights [tokens, k] by a rule that was learnt, of the tensors `logits` and `indices`, with its gradient; None where it does not say."""
    if logits is None or "weights" not in rule:
        return None
    if rule["weights"] == "softmax_of_chosen":
        return logits.gather(1, indices).softmax(-1)
    own = (logits.softmax(-1) if rule["scores"] == "softmax" else logits.sigmoid()).gather(1, indices)
    return (own / (own.sum(-1, keepdim=True) + EPS) if rule["normalise"] else own) * rule.get("scale", 1)


def _softmax(row):
    highest = max(row)
    powers = [math.exp(z - highest) for z in row]
    total = sum(powers)
    return [power / total for power in powers]


def _sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def _gather(rows, indices):
    return [[row[i] for i in chosen] for row, chosen in zip(rows, indices)]


def _close(a, b):
    tolerance = 2e-2 if _is_coarse(a) else 1e-3
    return all(abs(x - y) <= 1e-5 + tolerance * abs(y) for one, other in zip(a, b) for x, y in zip(one, other))


def _is_coarse(rows):
    """Came in half precision, float16 or bfloat16."""
    return all(struct.unpack("<I", struct.pack("<f", value))[0] & 0x1FFF == 0 for row in rows for value in row)


def _is_biased(ranked, scores):
    """A constant per expert was added, and groups may have been left out, by -inf or by 0."""
    columns = [[] for _ in scores[0]]
    for one, other in zip(ranked, scores):
        for column, x, y in zip(columns, one, other):
            if math.isfinite(x) and x != 0:
                column.append(x - y)
    return sum(map(len, columns)) >= 2 * len(columns) and all(max(column) - min(column) <= 1e-3 for column in columns if column)


def _scale(weights, expected):
    """The one factor between both; None where there is none. Weights of 0 were dropped and say nothing."""
    ratios = sorted(w / e for one, other in zip(weights, expected) for w, e in zip(one, other) if w != 0 and e > 1e-6)
    if not ratios:
        return None
    scale, coarse = ratios[len(ratios) // 2], _is_coarse(weights)
    if any(not abs(ratio - scale) <= (2e-2 if coarse else 2e-3) * abs(scale) for ratio in ratios):
        return None
    return 1.0 if abs(scale - 1) < (1e-2 if coarse else 1e-4) else round(scale, 4)
