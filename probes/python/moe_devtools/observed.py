"""What a hand-written router says of itself: arrays of any library, taken through `__array__` or DLPack and read as lists where no torch is, and given back as they came."""
import array
import functools
import sys

from . import rules
from .framing import Column


class Observed:
    """One call of observe(): `logits` [..., experts], `selected` [..., k], `weights` [..., k] or None. ValueError where they do not fit each other."""

    def __init__(self, logits, selected, weights):
        self.router = None
        self._given = selected, weights
        (shape, self._logits), (chosen, self._selected) = _host(logits, "f"), _host(selected, "i")
        if not shape or not chosen or shape[:-1] != chosen[:-1] or not 0 < chosen[-1] <= shape[-1]:
            raise ValueError(f"logits {list(shape)} and selected {list(chosen)} do not belong together: they are [..., experts] and [..., k], with the same rows")
        weighed, self._weights = (chosen, lambda: None) if weights is None else _host(weights, "f")
        if weighed != chosen:
            raise ValueError(f"weights {list(weighed)} are not as many as the selected experts {list(chosen)}")
        self.experts, self.slots = shape[-1], chosen[-1]
        self._axes = shape[:-1]
        self.tokens = functools.reduce(lambda a, b: a * b, self._axes, 1)
        self._logits_given = logits

    def is_of(self, rows):
        return rows.count == self.tokens and (len(self._axes) != 2 or self._axes == rows.shape) and (len(self._axes) == 2 or not rows.is_sequence_first)

    def is_finite(self):
        total = sum(self._logits())
        return total - total == 0

    def rule(self):
        """What gives the weights, as far as it is seen in these numbers."""
        count = rules.MOST_ROWS
        logits, selected, weights = self._logits(), self._selected(), self._weights()
        usable = weights is not None and all(0 <= e < self.experts for e in selected)
        return rules.learn(_rows(logits, self.experts)[:count], None, _rows(selected, self.slots)[:count], _rows(weights, self.slots)[:count]) if usable else {}

    def message(self, wanted):
        """(slots, names that are derived, columns) of the batch message; experts by descending weight."""
        logits, selected, weights = self._logits(), self._selected(), self._weights()
        if weights is not None:
            order = [at for row in range(0, len(selected), self.slots) for at in sorted(range(row, row + self.slots), key=weights.__getitem__, reverse=True)]
            selected, weights = array.array("i", map(selected.__getitem__, order)), array.array("f", map(weights.__getitem__, order))
        columns = (("router_logits", "f32", logits, self.experts), ("selected_experts", "i32", selected, self.slots), ("routing_weights", "f32", weights, self.slots))
        return self.slots, [], [Column(name, dtype, [self.tokens, width], data.tobytes()) for name, dtype, data, width in columns if data is not None and name in wanted]

    def unfit(self, column):
        """Why a change cannot be given to the program; None = it can."""
        if column.shape != [self.tokens, self.slots]:
            return f"it has {column.shape} choices, and the program takes [{self.tokens}, {self.slots}]"
        if any(not 0 <= e < self.experts for e in array.array("i", column.data)):
            return "an empty slot or an expert that there is not cannot be put in place of a choice"
        return None

    def replaced(self, selected, weights):
        """(selected, weights) of the verdict, of the kinds, shapes and dtypes that observe() was given."""
        chosen, applied = _like(self._given[0], array.array("i", selected.data)), _like(self._given[1], array.array("f", weights.data))
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(self._logits_given, torch.Tensor) and isinstance(applied, torch.Tensor) and isinstance(chosen, torch.Tensor):
            by_rule = rules.weights_by(self.router.rule, self._logits_given.reshape(-1, self.experts).float(), chosen.reshape(-1, self.slots).long())
            if by_rule is not None and by_rule.requires_grad:  # the numbers of the verdict, with the gradient that the program's own rule has
                by_rule = by_rule.reshape(applied.shape).to(applied.dtype)
                applied = by_rule + (applied - by_rule).detach()
        return chosen, applied


def _host(value, kind):
    """(shape, a function that gives the numbers as an array.array of `kind` "f" or "i") of an array; a tensor on a device is waited for in that function alone."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        from .tensors import Copy, data_of
        copy = Copy(value)
        return tuple(value.shape), functools.lru_cache(None)(lambda: array.array(kind, data_of(copy.value(), {"f": "f32", "i": "i32"}[kind])))
    import numpy                                               # whatever has __array__ has it too
    data = numpy.asarray(value) if hasattr(value, "__array__") or not hasattr(value, "__dlpack__") else numpy.from_dlpack(value)
    numbers = array.array(kind, data.astype({"f": numpy.float32, "i": numpy.int32}[kind]).tobytes())
    return data.shape, lambda: numbers


def _like(given, numbers):
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(given, torch.Tensor):
        return torch.tensor(numbers.tolist()).reshape(given.shape).to(given)
    import numpy
    shape = numpy.shape(given) if not hasattr(given, "shape") else tuple(given.shape)
    made = numpy.array(numbers).reshape(shape)
    return made.astype(given.dtype) if isinstance(getattr(given, "dtype", None), numpy.dtype) else made


def _rows(numbers, width):
    numbers = numbers.tolist()
    return [numbers[at:at + width] for at in range(0, len(numbers), width)]
