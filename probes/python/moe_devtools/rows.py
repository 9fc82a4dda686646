"""Which token a row is: from the integers that the root module is called with, where they are as many as the rows."""
import weakref

import torch

from .framing import Column
from .tensors import Copy, data_of, tensors_in

_FIRST = ("input_ids", "decoder_input_ids", "tokens", "token_ids", "idx", "ids")
_NO_TOKENS = ("labels", "label", "targets", "target", "attention_mask", "decoder_attention_mask", "position_ids", "token_type_ids", "y")
_SEQUENCE_FIRST = weakref.WeakKeyDictionary()                # by root, whether its modules take [length, batch]


class Rows:
    """Rows of one pass as one tensor of token ids [batch, length], or [length, batch] where the model's modules want that. `mask` has its shape, 0 = padding; `pad_id` = None where nobody said it."""

    def __init__(self, ids, mask, pad_id, is_sequence_first):
        self.shape = tuple(ids.shape)
        self.is_sequence_first = is_sequence_first
        self._ids, self._pad_id = Copy(ids), pad_id
        self._mask = None if mask is None else Copy(mask)

    @property
    def count(self):
        return self.shape[0] * self.shape[1]

    def columns(self):
        one, other = self.shape
        ids = self._ids.value().reshape(-1)
        with torch.no_grad():
            outer, inner = torch.arange(one).repeat_interleave(other), torch.arange(other).repeat(one)
            sequence, position = (inner, outer) if self.is_sequence_first else (outer, inner)
            columns = {"sequence": ("i32", sequence), "position": ("i32", position), "token_id": ("i32", ids)}
            if self._mask is not None:
                columns["padding"] = ("u8", self._mask.value().reshape(-1) == 0)
            elif self._pad_id is not None:
                columns["padding"] = ("u8", ids == self._pad_id)
            return [Column(name, dtype, value.shape, data_of(value, dtype)) for name, (dtype, value) in columns.items()]


def rows_of(root, arguments, named, pad_id):
    """What the rows of a pass of `root` may be, called with `arguments` and `named`; the likeliest first."""
    given = [(path[-1] if path and isinstance(path[-1], str) else "", tensor) for value in (*arguments, named) for path, tensor in tensors_in(value)]
    masks = {name: tensor for name, tensor in given if "attention_mask" in name}
    given.sort(key=lambda one: _FIRST.index(one[0]) if one[0] in _FIRST else len(_FIRST))
    if root not in _SEQUENCE_FIRST:
        _SEQUENCE_FIRST[root] = {vars(module)["batch_first"] for module in root.modules() if "batch_first" in vars(module)} == {False}
    rows = []
    for name, ids in given:
        if name not in _NO_TOKENS and ids.dim() == 2 and ids.dtype in (torch.int64, torch.int32) and ids.numel():
            mask = masks.get("decoder_attention_mask" if name.startswith("decoder_") else "attention_mask")
            rows.append(Rows(ids, mask if mask is not None and mask.shape == ids.shape else None, pad_id, _SEQUENCE_FIRST[root]))
    return rows
