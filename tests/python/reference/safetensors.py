"""The safetensors format: header length (u64 little-endian), JSON header, then the tensors' bytes without holes."""
import json
import struct

import numpy as np

STORED = {"I64": "<i8", "F32": "<f4", "I32": "<i4", "BF16": "<u2", "F16": "<f2"}


def read(path):
    """{name: array} and the file's metadata. BF16 comes widened to float32, which is exact."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], STORED[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = from_bf16(values) if entry["dtype"] == "BF16" else values
    return tensors, metadata


def read_folder(folder):
    """All tensors of a checkpoint, sharded or not."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return read(folder / "model.safetensors")[0]
    tensors = {}
    for shard in sorted(set(json.loads(index.read_text())["weight_map"].values())):
        tensors |= read(folder / shard)[0]
    return tensors


def write(path, tensors, metadata=None):
    """tensors: {name: (stored dtype, array)}. Wider types come first, so that every tensor is aligned to its type."""
    header, blobs, offset = {"__metadata__": metadata} if metadata else {}, [], 0
    for name, (dtype, values) in sorted(tensors.items(), key=lambda t: (-np.dtype(STORED[t[1][0]]).itemsize, t[0])):
        blob = encode(dtype, values).tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def encode(dtype, values):
    return to_bf16(values) if dtype == "BF16" else np.ascontiguousarray(values, STORED[dtype])


def rounded(dtype, values):
    """The float64 values that a reader of the stored tensor gets."""
    stored = encode(dtype, values)
    return (from_bf16(stored) if dtype == "BF16" else stored).astype(np.float64)


def to_bf16(values):
    """The upper half of the float32, rounded to nearest, ties to even. Finite values only."""
    bits = np.ascontiguousarray(values, "<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def from_bf16(bits):
    return (bits.astype("<u4") << 16).view("<f4")
