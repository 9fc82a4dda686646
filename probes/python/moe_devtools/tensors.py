"""Tensors of the program as bytes for the wire. Nothing here touches a random state, a gradient or a tensor of the program."""
import collections.abc
import ctypes
import math

import torch

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


class Copy:
    """What a tensor was at this moment. From a device it comes asynchronously into pinned memory; `value()` waits for it, on any thread."""

    __slots__ = ("_host", "_arrived")

    def __init__(self, tensor):
        source = tensor.detach()
        if source.is_cuda:
            self._host = torch.empty(source.shape, dtype=source.dtype, pin_memory=True)
            self._host.copy_(source, non_blocking=True)
            self._arrived = torch.cuda.Event()
            self._arrived.record()
        else:
            self._host, self._arrived = (source.clone() if source.device.type == "cpu" else source.cpu()), None

    @property
    def shape(self):
        return tuple(self._host.shape)

    def numel(self):
        return self._host.numel()

    def value(self):
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._host


def all_finite(tensor):
    """No NaN and no infinity in a host tensor. Its sum is neither where no value is, and one look at it is a seventh of a look at all of them; a sum of finite values may overflow."""
    return math.isfinite(tensor.sum().item()) or bool(torch.isfinite(tensor).all())


def data_of(tensor, dtype):
    """Bytes of a host tensor, row by row, as f32, i32 or u8."""
    kind = {"f32": torch.float32, "i32": torch.int32, "u8": torch.uint8}[dtype]
    with torch.no_grad():
        tensor = tensor.detach().to(kind).contiguous()
    return ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()) if tensor.numel() else b""


def from_column(column):
    """A host tensor of a column, int64 or float32."""
    kind = {"f32": torch.float32, "i32": torch.int32, "u8": torch.uint8}[column.dtype]
    tensor = torch.frombuffer(bytearray(column.data), dtype=kind) if column.data else torch.empty(0, dtype=kind)
    tensor = tensor.reshape(column.shape)
    return tensor if column.dtype == "f32" else tensor.long()


def tensors_in(value, depth=2):
    """(path, tensor) of each tensor in what a module gives: tuples, lists, dicts and what behaves so."""
    if isinstance(value, torch.Tensor):
        yield (), value
    elif depth and isinstance(value, collections.abc.Mapping):
        for key, item in value.items():
            yield from (((key, *path), tensor) for path, tensor in tensors_in(item, depth - 1))
    elif depth and isinstance(value, (tuple, list)):
        for key, item in enumerate(value):
            yield from (((key, *path), tensor) for path, tensor in tensors_in(item, depth - 1))


def at_path(value, path):
    """The tensor at a path of `tensors_in`; None where there is none now."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value if isinstance(value, torch.Tensor) else None
