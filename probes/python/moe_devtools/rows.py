"""Which token a row is: from the integers that the root module is called with, where they are as many as the rows."""
import torch

from .framing import Column
from .tensors import Copy, data_of


class Rows:
    """The rows of one pass. `arguments` and `named` are what the root was called with; `pad_id` = None where nobody said it."""

    def __init__(self, arguments, named, pad_id):
        ids = _first_ids(arguments, named)
        mask = named.get("attention_mask")
        self.shape = None if ids is None else tuple(ids.shape)
        self._ids = None if ids is None else Copy(ids)
        self._pad_id = pad_id
        self._mask = Copy(mask) if ids is not None and isinstance(mask, torch.Tensor) and mask.shape == ids.shape else None

    @property
    def count(self):
        """None where they are unknown."""
        return None if self.shape is None else self.shape[0] * self.shape[1]

    def columns(self):
        if self.shape is None:
            return []
        batch, length = self.shape
        ids = self._ids.value().reshape(-1)
        with torch.no_grad():
            columns = {"sequence": ("i32", torch.arange(batch).repeat_interleave(length)), "position": ("i32", torch.arange(length).repeat(batch)), "token_id": ("i32", ids)}
            if self._mask is not None:
                columns["padding"] = ("u8", self._mask.value().reshape(-1) == 0)
            elif self._pad_id is not None:
                columns["padding"] = ("u8", ids == self._pad_id)
            return [Column(name, dtype, value.shape, data_of(value, dtype)) for name, (dtype, value) in columns.items()]


def _first_ids(arguments, named):
    preferred = [named.get(name) for name in ("input_ids", "decoder_input_ids", "tokens", "idx", "ids")]
    for value in [*preferred, *arguments, *named.values()]:
        if isinstance(value, torch.Tensor) and value.dim() == 2 and value.dtype in (torch.int64, torch.int32) and value.numel():
            return value
    return None
