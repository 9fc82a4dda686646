"""Makes held-out checkpoints: tiny random models whose configs switch what the stored goldens do not, each with its golden.

    python3 tests/python/reference/make.py OUT_DIR [NAME...] [--seed N] [--list]

A folder holds what a download holds (config.json, generation_config.json, model.safetensors or shards with an index) and a
`golden.safetensors` in the layout of tests/fixtures/checkpoints: input_ids [1, T]; logits [1, T, V]; hidden_states.{i} [1, T, d];
per router its logits, scores, selection scores [T, E], selected experts and routing weights [T, k]; greedy_prompt_ids, greedy_ids.
Seeds are tried until no decision in any of the passes is a near tie and no value hangs on the last bit of a float32. `variants/` has a table of them for every family.
"""
import argparse
import json
import pathlib
import re
import sys
import zlib

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from reference import families, safetensors, storage  # noqa: E402
from reference.generate import greedy  # noqa: E402
from reference.variants import VARIANTS  # noqa: E402

SELECTION_MARGIN, ORDER_GAP, GREEDY_GAP, ATTEMPTS = 1e-4, 1e-5, 1e-3, 100
SHAKEN = 2e-5                                                 # what half a last bit of every weight may move; parity allows 1e-4
HUB_DTYPE = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}
CORRECTION = re.compile(r"(e_score_correction_bias|expert_bias)$")
ROUTER = re.compile(r"\.(gate|wg|router|layer|classifier)\.weight$")
EMBEDDING = re.compile(r"(embed_tokens|embeddings|wte|shared)\.weight$")
STREAMS = re.compile(r"hc_\w*fn$")
WRAPPERS = {"llama4_text": ("Llama4ForConditionalGeneration", "llama4"), "qwen3_5_moe_text": ("Qwen3_5MoeForConditionalGeneration", "qwen3_5_moe")}
VISION = {"model.visual.patch_embed.proj.weight": (24, 12), "vision_model.patch_embedding.linear.weight": (24, 12), "vision_model.model.layers.0.mlp.fc1.weight": (32, 24),
          "vision_model.model.layers.0.self_attn.q_proj.weight": (24, 24), "multi_modal_projector.linear_1.weight": (48, 24)}


def draw(name, shape, rng, variant, centre=1):
    """Random values with the spread of a trained model's: unit-scale activations, routers that decide. centre: of a norm's weights."""
    values = rng.standard_normal(shape)
    if CORRECTION.search(name):
        return variant.correction + 0.1 * values
    if name.endswith("A_log"):
        return values
    if name.endswith("dt_bias"):                              # with the above: memories of a token and of hundreds
        return values - 3
    if name.endswith("bias"):
        return 0.2 * values
    if name.endswith("tid2eid"):
        return rng.permuted(np.tile(np.arange(variant.config["n_routed_experts"]), (shape[0], 1)), axis=1)[:, :shape[1]]
    if STREAMS.search(name):
        return values / shape[1] ** 0.5
    if name.endswith("sinks"):
        return values
    if len(shape) == 1:                                       # of a norm
        return centre + 0.15 * values
    if len(shape) == 3 and shape[1] == 1:                     # taps of a convolution
        return values / shape[2] ** 0.5
    if ROUTER.search(name):
        return 1.6 * values / shape[1] ** 0.5
    return variant.embedding * values if EMBEDDING.search(name) else values / min(shape[-2:]) ** 0.5


def config_of(variant):
    """What config.json holds."""
    config = dict(variant.config)
    if variant.multimodal:
        architecture, kind = WRAPPERS[config["model_type"]]
        config = {"architectures": [architecture], "model_type": kind, "text_config": config,
                  "vision_config": {"model_type": f"{kind}_vision_model", "hidden_size": 24, "num_hidden_layers": 1},
                  "image_token_index": 190, **{key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}}
    if variant.form and variant.form.config():
        config["quantization_config"] = variant.form.config()
    config["dtype" if "rope_parameters" in config else "torch_dtype"] = HUB_DTYPE[variant.dtype]
    return config


def attempt(variant, config, rng):
    """One draw: its stored tensors, its golden, and its smallest selection margin and greedy gap; None where something is a near tie."""
    model = families.of(config)
    drawn = {}
    for name, shape in (model.shapes() | (VISION if variant.multimodal else {}) | variant.ignored).items():
        dtype = "I64" if name.endswith("tid2eid") else "F32" if any(part in name for part in variant.float32) else variant.dtype
        drawn[name] = dtype, draw(name, shape, rng, variant, model.centre(name))
    stored = variant.form.pack(drawn, model) if variant.form else drawn
    model.load(storage.unpacked({name: safetensors.rounded(*tensor) for name, tensor in stored.items()}, config, model))

    ids = rng.integers(3, variant.config["vocab_size"], variant.length)
    if variant.length >= 24:
        ids[20:24] = ids[8:12]                                # the same tokens at other positions
    inputs = {"input_ids": ids}
    if "decoder_input_ids" in model.inputs:
        inputs["decoder_input_ids"] = rng.integers(3, variant.config["vocab_size"], variant.decoder_length)
        inputs["decoder_input_ids"][0] = model.config["decoder_start_token_id"]
    result = model.forward(*inputs.values())
    if result.selection_margin() < SELECTION_MARGIN or moved(model, inputs, result) > SHAKEN:
        return None
    new, gap, passes = greedy(model, ids[:variant.prompt], variant.new)
    margin = min(f.selection_margin() for f in [result, *passes])
    varied = len(set(new)) >= (3 if model.tied else variant.new // 4)
    if margin < SELECTION_MARGIN or min(f.order_gap() for f in [result, *passes]) < ORDER_GAP or gap < GREEDY_GAP or not varied:
        return None

    golden = {name: ("I64", values[None]) for name, values in inputs.items()}
    golden |= {name: ("I32" if values.dtype.kind == "i" else "F32", values) for name, values in result.columns().items()}
    if isinstance(variant.form, storage.OtherNames):
        golden = {f"{variant.form.router(router, model)}/{column}" if column else router: values
                  for name, values in golden.items() for router, _, column in [name.partition("/")]}
    golden |= {"greedy_prompt_ids": ("I64", ids[None, :variant.prompt]), "greedy_ids": ("I64", np.array(new))}
    return stored, golden, margin, gap


def moved(model, inputs, result):
    """How far logits and hidden states move, as parity counts it, where every weight is off by half a last bit of a float32.

    A norm of what is nearly 0, which the sum of a recurrence may be, magnifies any rounding.
    """
    exact, rng = model.weights, np.random.default_rng(0)
    model.weights = {name: values if name.endswith("tid2eid") else values * (1 + 2.0 ** -25 * rng.standard_normal(values.shape)) for name, values in exact.items()}
    other = model.forward(*inputs.values())
    model.weights = exact
    pairs = [(result.logits, other.logits)] + [(state, other.hidden_states[name]) for name, state in result.hidden_states.items()]
    return max((abs(a - b) / np.maximum(1, abs(a))).max() for a, b in pairs)


def make(name, folder, seed):
    """Writes one variant into its folder; returns its smallest selection margin and greedy gap."""
    variant = VARIANTS[name]
    config = config_of(variant)
    for number in range(ATTEMPTS):
        made = attempt(variant, config, np.random.default_rng([seed, zlib.crc32(name.encode()), number]))
        if made:
            break
    else:
        raise RuntimeError(f"{name}: {ATTEMPTS} draws from seed {seed} had a near tie each")
    stored, golden, margin, gap = made
    if variant.eos_in_text:
        config["eos_token_id"] = int(golden["greedy_ids"][1][2])

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    ids = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id") if key in config}
    (folder / "generation_config.json").write_text(json.dumps({"_from_model_config": True, **ids}, indent=2) + "\n")
    write_checkpoint(folder, stored, variant.shard)
    metadata = {"family": variant.config["model_type"], "seed": str(seed), "smallest_greedy_gap": f"{gap:.3e}",
                "reference": f"numpy {np.__version__}, float64"}
    if np.isfinite(margin):                                   # every expert chosen: there is no margin
        metadata["smallest_selection_margin"] = f"{margin:.3e}"
    safetensors.write(folder / "golden.safetensors", golden, metadata)
    return margin, gap


def write_checkpoint(folder, stored, shard_bytes):
    if shard_bytes is None:
        safetensors.write(folder / "model.safetensors", stored, {"format": "pt"})
        return
    shards, sizes = [{}], [0]
    for name, (dtype, values) in stored.items():
        size = safetensors.encode(dtype, values).nbytes
        if sizes[-1] and sizes[-1] + size > shard_bytes:
            shards.append({})
            sizes.append(0)
        shards[-1][name] = dtype, values
        sizes[-1] += size
    files = [f"model-{i + 1:05d}-of-{len(shards):05d}.safetensors" for i in range(len(shards))]
    for file, shard in zip(files, shards):
        safetensors.write(folder / file, shard, {"format": "pt"})
    weight_map = {name: file for file, shard in zip(files, shards) for name in shard}
    index = {"metadata": {"total_size": sum(sizes)}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", metavar="OUT_DIR", type=pathlib.Path, nargs="?")
    parser.add_argument("names", metavar="NAME", nargs="*", help="variants to make; all without one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(VARIANTS))
        return
    unknown = set(arguments.names) - VARIANTS.keys()
    if arguments.out is None or unknown:
        parser.error(f"no variant is called {', '.join(sorted(unknown))}" if unknown else "OUT_DIR is missing")
    for name in arguments.names or VARIANTS:
        margin, gap = make(name, arguments.out / name, arguments.seed)
        print(f"{name:36s} margin {margin:.1e} gap {gap:.1e}", flush=True)


if __name__ == "__main__":
    main()
