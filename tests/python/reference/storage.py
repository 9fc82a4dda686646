"""The forms in which hubs store the same weights: FP8 in tiles, MXFP4, experts fused or one tensor each.

`packed` turns what a family publishes, {name: (stored type, values)}, into such a form; `unpacked` turns any of them back.
"""
import re
from dataclasses import dataclass

import numpy as np

from reference import safetensors

PROJECTION = re.compile(r"(_proj|_proj_with_mqa|\.w[123])\.weight$")
EXPERT = re.compile(r"(.*\.experts)\.(\d+)\.(gate_proj|up_proj|down_proj|w[123])\.weight$")
FUSED = re.compile(r"(.*\.experts)\.(gate_up_proj|up_proj|down_proj)$")
PART = {"w1": "gate_proj", "w3": "up_proj", "w2": "down_proj"}
E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


@dataclass(frozen=True)
class Fp8:
    """The projections as F8_E4M3, a scale for each tile of `block` values; the tiles at the edges may be partial."""
    block: tuple[int, int]
    scales: str = "F32"
    kept: tuple[str, ...] = ()              # parts of the names of projections that stay as they are

    def config(self):
        kept = {"modules_to_not_convert": [*self.kept, "lm_head"]} if self.kept else {}
        return {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8", "weight_block_size": list(self.block), **kept}

    def pack(self, stored, _model):
        out = {}
        for name, (dtype, values) in stored.items():
            quantized = PROJECTION.search(name) and not any(part in name for part in self.kept)
            out |= to_fp8(name, values, self.block, self.scales) if quantized else {name: (dtype, values)}
        return out


@dataclass(frozen=True)
class Mxfp4:
    """Fused experts as blocks of four bits a value, and one scale for 32."""

    def config(self):
        return {"quant_method": "mxfp4",
                "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}

    def pack(self, stored, _model):
        out = {}
        for name, (dtype, values) in stored.items():
            out |= to_mxfp4(name, values) if FUSED.match(name) else {name: (dtype, values)}
        return out


@dataclass(frozen=True)
class OtherExperts:
    """Experts fused where the family publishes a tensor each, a tensor each where it publishes them fused."""

    def config(self):
        return None

    def pack(self, stored, model):
        if any(FUSED.match(name) for name in stored):
            return split_experts(stored, ("gate_proj", "up_proj", "down_proj"), model.transposed_experts)
        return fuse_experts(stored)


@dataclass(frozen=True)
class OtherNames:
    """The tensors by another of the family's spellings, the experts fused or not."""
    style: str
    fused: bool = False

    def config(self):
        return None

    def pack(self, stored, model):
        out = {model.respelled(name, self.style): tensor for name, tensor in stored.items()}
        return fuse_experts(out) if self.fused else out

    def router(self, name, model):
        """What a router is called there."""
        return model.respelled(f"{name}.weight", self.style).removesuffix(".weight")


def unpacked(tensors, config, model):
    """{name: values} as the family publishes them, from the tensors of a checkpoint."""
    out = dict(tensors)
    for style in model.spellings:
        usual = {model.respelled(name, style): name for name in model.shapes()}
        if any(name not in out and other in out for other, name in usual.items()):
            split = split_experts({name: (None, values) for name, values in out.items()}, ("gate_proj", "up_proj", "down_proj"))
            out = {usual.get(name, name): values for name, (_, values) in split.items()}
    for name in tensors:
        if name.endswith("_scale_inv"):
            weight = name.removesuffix("_scale_inv")
            out[weight] = tensors[weight] * tiled(tensors[name], config["quantization_config"]["weight_block_size"], tensors[weight].shape)
        elif name.endswith("_blocks"):
            weight = name.removesuffix("_blocks")
            out[weight] = from_mxfp4(tensors[name], tensors[f"{weight}_scales"])
    missing = model.shapes().keys() - out.keys()
    if not missing:
        return out
    typed = {name: (None, values) for name, values in out.items()}
    if any(FUSED.match(name) for name in missing):
        typed = fuse_experts(typed, model.transposed_experts)
    else:
        typed = split_experts(typed, model.expert_names)
    return {name: values for name, (_, values) in typed.items()}


# --- experts, fused or each by itself ------------------------------------------------------------------------------

def fuse_experts(stored, transposed=False):
    """`experts.{e}.gate_proj.weight` and so on -> `experts.gate_up_proj` [E, 2I, d], gate first, and `experts.down_proj` [E, d, I].

    Experts without a gate -> `experts.up_proj` [E, I, d] and `experts.down_proj`.

    transposed: [E, d, 2I] and [E, I, d].
    """
    out, parts = {}, {}
    for name, tensor in stored.items():
        match = EXPERT.match(name)
        if match:
            parts.setdefault(match[1], {}).setdefault(PART.get(match[3], match[3]), {})[int(match[2])] = tensor
        else:
            out[name] = tensor
    for experts, matrices in parts.items():
        dtype, _ = matrices["down_proj"][0]
        fused = {part: np.stack([values for _, (_, values) in sorted(numbered.items())]) for part, numbered in matrices.items()}
        if "gate_proj" in fused:
            fused = {"gate_up_proj": np.concatenate([fused["gate_proj"], fused["up_proj"]], 1), "down_proj": fused["down_proj"]}
        for part, values in fused.items():
            out[f"{experts}.{part}"] = dtype, values.swapaxes(1, 2) if transposed else values
    return out


def split_experts(stored, names, transposed=False):
    """The opposite of `fuse_experts`; names: of an expert's gate, up and down."""
    out = {}
    for name, (dtype, values) in stored.items():
        match = FUSED.match(name)
        if not match:
            out[name] = dtype, values
            continue
        for e, matrix in enumerate(values.swapaxes(1, 2) if transposed else values):
            parts = zip(names[:2], np.split(matrix, 2)) if match[2] == "gate_up_proj" else [(names[1 if match[2] == "up_proj" else 2], matrix)]
            out |= {f"{match[1]}.{e}.{part}.weight": (dtype, rows) for part, rows in parts}
    return out


# --- FP8 e4m3 in tiles ---------------------------------------------------------------------------------------------

def tiled(scales, block, shape):
    """[rows, columns] of the shape: each scale over its tile."""
    return scales.repeat(block[0], 0).repeat(block[1], 1)[:shape[0], :shape[1]]


def to_fp8(name, values, block, scale_type):
    """The scale of a tile makes its largest value e4m3's largest."""
    rows, columns = (np.arange(0, size, step) for size, step in zip(values.shape, block))
    largest = np.maximum.reduceat(np.maximum.reduceat(np.abs(values), rows, 0), columns, 1)
    scales = safetensors.rounded(scale_type, largest / 448)
    codes = np.clip(values / tiled(scales, block, values.shape), -448, 448)
    return {name: ("F8_E4M3", codes), f"{name}_scale_inv": (scale_type, scales)}


# --- MXFP4: 32 values e2m1 in 16 bytes, low nibble first, and one scale 2^(s − 127) --------------------------------

def to_mxfp4(name, values):
    """values [E, in, out] -> blocks [E, out, in/32, 16] and scales [E, out, in/32]"""
    blocks = values.swapaxes(1, 2).reshape(len(values), values.shape[2], -1, 32)
    exponents = np.floor(np.log2(np.abs(blocks).max(-1))).astype(int) - 2
    codes = np.abs(np.ldexp(blocks, -exponents[..., None])[..., None] - E2M1).argmin(-1)
    return {f"{name}_blocks": ("U8", codes[..., 0::2] | codes[..., 1::2] << 4), f"{name}_scales": ("U8", exponents + 127)}


def from_mxfp4(blocks, scales):
    """[E, in, out], the way round in which the plain tensor is stored."""
    nibbles = np.stack([blocks & 15, blocks >> 4], -1).reshape(*scales.shape, 32)
    values = np.ldexp(E2M1[nibbles], scales[..., None].astype(int) - 127)
    return values.reshape(*values.shape[:2], -1).swapaxes(1, 2)
