"""The few calls of torch by which programs choose experts (selecting) and score them (projecting), and how they are watched: swapped while a window is open, never otherwise."""
import sys
import threading
import types

import torch
import torch.nn.functional as F

Tensor = torch.Tensor


def is_compiling():
    """torch.compile traces the caller: nothing of the probe may get into its graph."""
    compiler = getattr(torch, "compiler", None)
    return compiler is not None and hasattr(compiler, "is_compiling") and compiler.is_compiling()


class Choice:
    """What a selecting call was asked and gave: `scores` [..., N], `values` and `indices` [..., k] or, without keepdim, [...]; values is None where the call gives none."""

    __slots__ = ("function", "scores", "k", "values", "indices", "result")

    def __init__(self, function, scores, k, values, indices, result):
        self.function, self.scores, self.k, self.values, self.indices, self.result = function, scores, k, values, indices, result

    def replaced(self, selected):
        """The result of the call as if it had chosen `selected` [tokens, k] (int64) first; what else it ranked comes after. Values are gathered from the same scores, so that gradients stay right."""
        given = self.indices if self.indices.dim() == self.scores.dim() else self.indices.unsqueeze(-1)
        indices = selected.to(given.device).view(*given.shape[:-1], -1)
        if indices.shape[-1] < given.shape[-1]:
            is_again = (given.unsqueeze(-1) == indices.unsqueeze(-2)).any(-1)
            others = given.gather(-1, is_again.int().sort(dim=-1, stable=True).indices)
            indices = torch.cat([indices, others[..., :given.shape[-1] - indices.shape[-1]]], -1)
        values = None if self.values is None else self.scores.gather(-1, indices)
        if self.indices.dim() < self.scores.dim():
            indices, values = indices.squeeze(-1), None if values is None else values.squeeze(-1)
        return indices if values is None else type(self.result)((values, indices))


def _topk(function, result, input, k, dim=-1, largest=True, sorted=True, **_):
    if largest and _is_last(input, dim):
        return Choice(function, input, k, result[0], result[1], result)


def _max(function, result, input, dim=None, keepdim=False, **_):
    if isinstance(dim, int) and not isinstance(result, Tensor) and _is_last(input, dim):
        return Choice(function, input, 1, result[0], result[1], result)


def _argmax(function, result, input, dim=None, keepdim=False, **_):
    if dim is not None and _is_last(input, dim):
        return Choice(function, input, 1, None, result, result)


def _sort(function, result, input, dim=-1, descending=False, stable=False, **_):
    if descending and isinstance(dim, int) and _is_last(input, dim):
        indices = result if isinstance(result, Tensor) else result[1]
        return Choice(function, input, input.shape[-1], None if isinstance(result, Tensor) else result[0], indices, result)


def _multinomial(function, result, input, num_samples, replacement=False, **_):
    if not replacement or num_samples == 1:
        return Choice(function, input, num_samples, None, result, result)


def _is_last(tensor, dim):
    return dim == -1 or dim == tensor.dim() - 1


def _linear(input, weight, bias=None):
    return weight


def _matmul(input, other, **_):
    return other


def _addmm(input, mat1, mat2, **_):
    return mat2


def _embedding(input, weight, *_, **__):
    return weight


def _second(x1, x2, *_, **__):
    return x2.flatten(0, -2) if isinstance(x2, Tensor) and x2.dim() > 2 else x2


def _einsum(equation, *operands):
    operands = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    return next((operand for operand in reversed(operands) if isinstance(operand, Tensor) and operand.dim() == 2), None)


SELECTING = {(owner, name): read for names, read in ((("topk",), _topk), (("max",), _max), (("argmax",), _argmax), (("sort", "argsort"), _sort), (("multinomial",), _multinomial))
             for name in names for owner in (torch, Tensor)}
PROJECTING = {(F, "linear"): _linear, (torch, "matmul"): _matmul, (Tensor, "matmul"): _matmul, (Tensor, "__matmul__"): _matmul, (torch, "mm"): _matmul, (Tensor, "mm"): _matmul,
              (torch, "addmm"): _addmm, (torch, "einsum"): _einsum, (F, "embedding"): _embedding, (torch, "inner"): _second, (torch, "cdist"): _second, (F, "cosine_similarity"): _second,
              (torch, "tensordot"): _second}
ORIGINALS = {place: getattr(*place) for place in (*SELECTING, *PROJECTING)}


class Watch:
    """Swaps calls in and out. `on_choice(choice)` may give another result; `on_projection(function, weight, out)`; `on_einsum(operands)`. Only calls of the thread that opened it count."""

    def __init__(self, on_choice, on_projection, on_einsum):
        self._on_choice, self._on_projection, self._on_einsum = on_choice, on_projection, on_einsum
        self._wrappers = {place: self._wrap(place) for place in ORIGINALS}
        self._depth = {}                               # place: open windows
        self._thread = None
        self._busy = False

    def open(self, places):
        self._thread = threading.get_ident()
        for place in places:
            self._depth[place] = self._depth.get(place, 0) + 1
            if self._depth[place] == 1:
                self._set(place, self._wrappers[place])

    def close(self, places):
        for place in places:
            self._depth[place] -= 1
            if self._depth[place] == 0:
                self._set(place, ORIGINALS[place])

    def close_all(self):
        for place, depth in self._depth.items():
            if depth:
                self._depth[place] = 0
                self._set(place, ORIGINALS[place])

    def _set(self, place, function):
        setattr(*place, function)
        for module, name in _IMPORTED.get(place, ()):
            setattr(module, name, function)

    def _wrap(self, place):
        original, selects, projects = ORIGINALS[place], SELECTING.get(place), PROJECTING.get(place)

        def call(*args, **kwargs):
            if is_compiling():
                return original(*args, **kwargs)
            result = original(*args, **kwargs)
            if self._busy or self._thread != threading.get_ident():
                return result
            self._busy = True
            try:
                if selects is not None:
                    try:
                        choice = selects(place, result, *args, **kwargs)
                    except TypeError:
                        return result                  # another overload: it selects nothing
                    if choice is None or choice.scores.dim() == 0:
                        return result
                    other = self._on_choice(choice)
                    return result if other is None else other
                if isinstance(result, Tensor) and result.dim() >= 2 and result.is_floating_point():
                    weight = projects(*args, **kwargs)
                    if isinstance(weight, Tensor) and weight.dim() == 2:
                        self._on_projection(place, weight, result)
                    elif original is ORIGINALS[torch, "einsum"]:
                        self._on_einsum(args[1:])
                return result
            finally:
                self._busy = False

        call.__name__ = call.__qualname__ = place[1]
        return call


_IMPORTED = {}


def find_imported():
    """Notes the names that the program's files imported on their own (`from torch import topk`), which are swapped too."""
    for name, file in list(sys.modules.items()):
        if name in _LOOKED_AT:
            continue
        if name != "__main__":                                 # which may go on importing
            _LOOKED_AT.add(name)
        if name.split(".")[0] in ("torch", "moe_devtools") or not isinstance(file, types.ModuleType):
            continue
        for name, value in list(vars(file).items()):
            place = _PLACES.get(id(value))
            if place is not None and (file, name) not in _IMPORTED.setdefault(place, []):
                _IMPORTED[place].append((file, name))


_LOOKED_AT = set()
_PLACES = {id(original): place for place, original in ORIGINALS.items() if isinstance(place[0], types.ModuleType)}
