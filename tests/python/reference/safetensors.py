"""The safetensors format: header length (u64 little-endian), JSON header, then the tensors' bytes without holes."""
import json
import struct

import numpy as np

STORED = {"I64": "<i8", "F32": "<f4", "I32": "<i4", "BF16": "<u2", "F16": "<f2", "F8_E4M3": "u1", "U8": "u1"}


def read(path):
    """{name: array} and the file's metadata. BF16 and F8_E4M3 come widened to float32, which is exact."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], STORED[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = decode(entry["dtype"], values)
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
    match dtype:
        case "BF16":
            return to_bf16(values)
        case "F8_E4M3":
            return to_e4m3(values)
    return np.ascontiguousarray(values, STORED[dtype])


def decode(dtype, stored):
    match dtype:
        case "BF16":
            return (stored.astype("<u4") << 16).view("<f4")
        case "F8_E4M3":
            return E4M3[stored]
    return stored


def rounded(dtype, values):
    """The values that a reader of the stored tensor gets."""
    return decode(dtype, encode(dtype, values))


def to_bf16(values):
    """The upper half of the float32, rounded to nearest, ties to even. Finite values only."""
    bits = np.ascontiguousarray(values, "<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def e4m3_values():
    """Of the 256 codes: sign, four bits of exponent with bias 7, three of mantissa; no infinity, NaN where all seven bits are set."""
    code = np.arange(128)
    exponent, mantissa = code >> 3, code & 7
    positive = np.where(exponent, np.ldexp(1 + mantissa / 8, exponent - 7), np.ldexp(mantissa / 8, -6))
    positive[-1] = np.nan
    return np.concatenate([positive, -positive]).astype(np.float32)


E4M3 = e4m3_values()


def to_e4m3(values):
    """Rounded to nearest, ties to even. Values from -448 to 448 only."""
    magnitude, positive = np.abs(values), E4M3[:127].astype(np.float64)
    upper = np.clip(np.searchsorted(positive, magnitude), 1, 126)
    below, above = magnitude - positive[upper - 1], positive[upper] - magnitude
    code = np.where((below < above) | (below == above) & (upper % 2 == 1), upper - 1, upper)
    return (code | np.signbit(values) * 128).astype(np.uint8)
