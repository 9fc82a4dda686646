"""Makes held-out checkpoints: tiny random models whose configs switch what the stored goldens do not, each with its golden.

    python3 tests/python/reference/variants.py OUT_DIR [NAME...] [--seed N] [--list]

A folder holds what a download holds (config.json, generation_config.json, model.safetensors or shards with an index) and a
`golden.safetensors` in the layout of tests/fixtures/checkpoints: input_ids [1, T]; logits [1, T, V]; hidden_states.{i} [1, T, d];
per router its logits, scores, selection scores [T, E], selected experts and routing weights [T, k]; greedy_prompt_ids, greedy_ids.
Seeds are tried until no decision in any of the passes is a near tie.
"""
import argparse
import json
import pathlib
import sys
import zlib
from dataclasses import dataclass, field

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from reference import families, safetensors  # noqa: E402
from reference.generate import greedy  # noqa: E402

SELECTION_MARGIN, ORDER_GAP, GREEDY_GAP, ATTEMPTS = 1e-4, 1e-5, 1e-3, 100
HUB_DTYPE = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}
ABSENT = object()                                             # in a variant's config: the key is not in config.json


@dataclass(frozen=True)
class Variant:
    family: str
    config: dict = field(default_factory=dict)                # changes to BASE[family]
    dtype: str = "BF16"
    float32: tuple = ("e_score_correction_bias",)             # parts of the names that are stored as F32 all the same
    shard: int | None = None                                  # bytes in a shard; None: one model.safetensors
    length: int = 44
    prompt: int = 12
    new: int = 24
    embedding: float = 0.7                                    # spread of the embeddings; small: the norms' epsilon counts
    correction: float = 0.0                                   # centre of the correction bias
    ignored: dict = field(default_factory=dict)               # {name: shape} of tensors that no forward pass may read
    eos_in_text: bool = False                                 # eos_token_id is a token that greedy decoding meets


COMMON = dict(hidden_act="silu", hidden_size=48, vocab_size=192, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=2,
              max_position_embeddings=256, tie_word_embeddings=False, rope_theta=10000.0, rope_scaling=None,
              bos_token_id=1, eos_token_id=2, pad_token_id=0)
BASE = {
    "mixtral": COMMON | dict(
        architectures=["MixtralForCausalLM"], model_type="mixtral", intermediate_size=32, num_local_experts=6, num_experts_per_tok=2,
        rms_norm_eps=1e-5, rope_theta=1e6, sliding_window=None, head_dim=None),
    "olmoe": COMMON | dict(
        architectures=["OlmoeForCausalLM"], model_type="olmoe", intermediate_size=24, num_experts=10, num_experts_per_tok=3,
        num_key_value_heads=4, norm_topk_prob=False, clip_qkv=None, attention_bias=False, rms_norm_eps=1e-5),
    "qwen3_moe": COMMON | dict(
        architectures=["Qwen3MoeForCausalLM"], model_type="qwen3_moe", intermediate_size=64, moe_intermediate_size=24, num_experts=10,
        num_experts_per_tok=3, head_dim=16, norm_topk_prob=True, decoder_sparse_step=1, mlp_only_layers=[], attention_bias=False,
        use_sliding_window=False, sliding_window=None, rms_norm_eps=1e-6),
    "deepseek_v3": COMMON | dict(
        architectures=["DeepseekV3ForCausalLM"], model_type="deepseek_v3", intermediate_size=64, moe_intermediate_size=20,
        num_key_value_heads=4, n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, first_k_dense_replace=1, n_group=4,
        topk_group=2, norm_topk_prob=True, routed_scaling_factor=2.5, q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=12,
        qk_rope_head_dim=8, v_head_dim=12, rope_interleave=True, attention_bias=False, rms_norm_eps=1e-6),
}


def new_style(theta, **p):
    return {"rope_theta": ABSENT, "rope_scaling": ABSENT, "rope_parameters": {"rope_theta": theta, **p}}


def without(*keys):
    return dict.fromkeys(keys, ABSENT)


YARN = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 32, "beta_slow": 1}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
LONGROPE = {"rope_type": "longrope", "short_factor": [1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 1.8, 2.0],
            "long_factor": [1.0, 1.3, 1.9, 2.6, 3.5, 5.0, 7.0, 8.0]}
MTP = {f"model.layers.2.{name}": shape for name, shape in {
    "eh_proj.weight": (48, 96), "enorm.weight": (48,), "hnorm.weight": (48,), "embed_tokens.weight": (192, 48),
    "shared_head.norm.weight": (48,), "shared_head.head.weight": (192, 48), "input_layernorm.weight": (48,),
    "mlp.gate.weight": (12, 48), "self_attn.o_proj.weight": (48, 48)}.items()} | {"mtp.norm.weight": (48,), "model.mtp.fc.weight": (48, 96)}

VARIANTS = {
    # What a config leaves out is the family's default, not the value that the other families have.
    "mixtral-defaults": Variant("mixtral", without(
        "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act", "head_dim", "sliding_window", "tie_word_embeddings"),
        embedding=0.05),
    "mixtral-window": Variant("mixtral", {"sliding_window": 7}),
    "mixtral-window-one": Variant("mixtral", {"sliding_window": 1}),
    "mixtral-head-dim": Variant("mixtral", {"head_dim": 20, "num_key_value_heads": 1}, shard=30_000),
    "mixtral-tied-top1": Variant("mixtral", {"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "mixtral-f16-top3": Variant("mixtral", {"num_experts_per_tok": 3}, dtype="F16"),
    "mixtral-f32-no-gqa": Variant("mixtral", {"num_key_value_heads": None}, dtype="F32"),
    "mixtral-all-experts": Variant("mixtral", {"num_local_experts": ABSENT, "num_experts": 5, "num_experts_per_tok": 5}),
    "mixtral-llama3": Variant("mixtral", new_style(10000.0, **LLAMA3)),
    "mixtral-linear": Variant("mixtral", {"rope_scaling": {"type": "linear", "factor": 3.0}}),
    "mixtral-dynamic": Variant("mixtral", {"rope_theta": 10000.0, "max_position_embeddings": 24,
                                           "rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}),
    "mixtral-scaling-wins": Variant("mixtral", {"rope_scaling": {"rope_type": "linear", "factor": 2.5},
                                                "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}}),
    "mixtral-empty-scaling": Variant("mixtral", new_style(10000.0, rope_type="linear", factor=2.5) | {"rope_scaling": {}}),
    "mixtral-long-prompt": Variant("mixtral", {"sliding_window": 70}, length=200, prompt=90, new=8),
    "mixtral-tiny": Variant("mixtral", {"hidden_size": 7, "intermediate_size": 3, "vocab_size": 17, "num_attention_heads": 3,
                                        "num_key_value_heads": 1, "head_dim": 2, "num_local_experts": 2, "num_experts_per_tok": 1}),
    "mixtral-odd-sizes": Variant("mixtral", {"hidden_size": 72, "intermediate_size": 20, "vocab_size": 131, "num_attention_heads": 6,
                                             "num_key_value_heads": 3, "head_dim": 10, "num_local_experts": 7}),

    "olmoe-defaults": Variant("olmoe", without("norm_topk_prob", "clip_qkv", "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling",
                                               "num_key_value_heads", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "olmoe-normalised-clip": Variant("olmoe", {"norm_topk_prob": True, "clip_qkv": 0.8}),
    "olmoe-bias-gqa": Variant("olmoe", {"attention_bias": True, "num_key_value_heads": 2}),
    "olmoe-clip-bias-one-kv-head": Variant("olmoe", {"attention_bias": True, "num_key_value_heads": 1, "clip_qkv": 1.1}),
    "olmoe-yarn": Variant("olmoe", new_style(10000.0, rope_type="yarn", factor=8.0, original_max_position_embeddings=32)),
    "olmoe-all-experts": Variant("olmoe", {"num_experts_per_tok": 10}),
    "olmoe-alias-eos": Variant("olmoe", {"num_experts": ABSENT, "num_local_experts": 10}, eos_in_text=True),
    "olmoe-many-experts": Variant("olmoe", {"num_experts": 70, "num_experts_per_tok": 9, "intermediate_size": 8, "num_hidden_layers": 1},
                                  length=26, new=6),
    "olmoe-mixed-dtypes": Variant("olmoe", dtype="F16", float32=("norm.weight", "mlp.gate.", "q_proj")),
    "olmoe-many-shards": Variant("olmoe", dtype="F32", shard=4_000),
    "olmoe-one-token": Variant("olmoe", length=1, prompt=1),
    "olmoe-odd-sizes": Variant("olmoe", {"hidden_size": 36, "intermediate_size": 19, "vocab_size": 101, "num_attention_heads": 6,
                                         "num_key_value_heads": 3, "num_experts": 9, "tie_word_embeddings": True}, dtype="F32"),
    **{f"olmoe-{act}": Variant("olmoe", {"hidden_act": act}, new=8) for act in (
        "gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "relu2", "sigmoid", "swish", "tanh")},

    "qwen3_moe-defaults": Variant("qwen3_moe", without(
        "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers", "attention_bias", "use_sliding_window", "sliding_window",
        "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings") | {"head_dim": None}, embedding=0.05),
    "qwen3_moe-window": Variant("qwen3_moe", {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}),
    "qwen3_moe-window-off": Variant("qwen3_moe", {"use_sliding_window": False, "sliding_window": 5,
                                                      "rope_scaling": {"rope_type": "default"}}),
    "qwen3_moe-bias": Variant("qwen3_moe", {"attention_bias": True}, dtype="F16"),
    "qwen3_moe-dense-layers": Variant("qwen3_moe", {"num_hidden_layers": 5, "decoder_sparse_step": 2, "mlp_only_layers": [3]},
                                      shard=50_000),
    "qwen3_moe-alias-not-normalised": Variant("qwen3_moe", {"norm_topk_prob": False, "num_experts": ABSENT, "num_local_experts": 9}),
    "qwen3_moe-one-kv-head": Variant("qwen3_moe", {"num_key_value_heads": 1, "num_experts_per_tok": 1}),
    "qwen3_moe-tied": Variant("qwen3_moe", {"tie_word_embeddings": True}, ignored={"lm_head.weight": (192, 48)}),
    "qwen3_moe-yarn": Variant("qwen3_moe", {"max_position_embeddings": 128, "rope_scaling": YARN}),
    "qwen3_moe-yarn-not-truncated": Variant("qwen3_moe", {
        "rope_scaling": YARN | {"truncate": False, "original_max_position_embeddings": 128, "beta_fast": 4, "beta_slow": 0.5}}),
    "qwen3_moe-yarn-attention-factor": Variant("qwen3_moe", {"rope_scaling": YARN | {"attention_factor": 0.8}}),
    "qwen3_moe-yarn-mscale": Variant("qwen3_moe", {"rope_scaling": YARN | {"mscale": 1.4, "mscale_all_dim": 0.6}}),
    "qwen3_moe-yarn-factor-implied": Variant("qwen3_moe", {
        "rope_scaling": {"rope_type": "yarn", "factor": None, "original_max_position_embeddings": 200},
        "original_max_position_embeddings": 40}),
    "qwen3_moe-longrope": Variant("qwen3_moe", {"rope_scaling": LONGROPE | {
        "factor": 6.0, "attention_factor": None, "original_max_position_embeddings": 20}}),
    "qwen3_moe-longrope-short": Variant("qwen3_moe", {"original_max_position_embeddings": 64} | new_style(10000.0, **LONGROPE)),
    "qwen3_moe-longrope-attention-factor": Variant("qwen3_moe", new_style(
        5000.0, **LONGROPE, original_max_position_embeddings=20, attention_factor=1.3)),
    "qwen3_moe-odd-sizes": Variant("qwen3_moe", {
        "hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 1, "head_dim": 14, "num_experts": 11, "mlp_only_layers": [0], "num_hidden_layers": 3}),

    "deepseek_v3-defaults": Variant("deepseek_v3", {"n_routed_experts": 16, "num_experts_per_tok": 5, "num_hidden_layers": 4} | without(
        "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "n_shared_experts", "first_k_dense_replace", "rope_interleave",
        "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "deepseek_v3-as-published": Variant("deepseek_v3", {
        "scoring_func": "sigmoid", "topk_method": "noaux_tc", "moe_layer_freq": 1, "ep_size": 1, "seq_aux": True, "aux_loss_alpha": 0.001,
        "num_nextn_predict_layers": 1, "rope_theta": 10000, "auto_map": {"AutoConfig": "configuration_deepseek.DeepseekV3Config"},
        "rope_scaling": YARN | {"factor": 40, "mscale": 1.0, "mscale_all_dim": 1.0}} | without("rope_interleave"),
        ignored=MTP, shard=40_000),
    "deepseek_v3-no-q-lora": Variant("deepseek_v3", {"q_lora_rank": None}),
    "deepseek_v3-no-q-lora-bias": Variant("deepseek_v3", {"q_lora_rank": None, "attention_bias": True}),
    "deepseek_v3-bias": Variant("deepseek_v3", {"attention_bias": True}, dtype="F16"),
    "deepseek_v3-half-split": Variant("deepseek_v3", {"rope_interleave": False}),
    "deepseek_v3-yarn": Variant("deepseek_v3", {"rope_scaling": YARN | {"mscale": 0.707, "mscale_all_dim": 1.2}}),
    "deepseek_v3-yarn-all-dim-alone": Variant("deepseek_v3", {"rope_interleave": False, "rope_scaling": YARN | {"mscale_all_dim": 0.8}}),
    "deepseek_v3-yarn-mscale-alone": Variant("deepseek_v3", new_style(10000.0, **YARN, mscale=0.5)),
    "deepseek_v3-yarn-all-dim-zero": Variant("deepseek_v3", {"rope_scaling": YARN | {"mscale": 1.0, "mscale_all_dim": 0.0}}),
    "deepseek_v3-linear": Variant("deepseek_v3", {"rope_scaling": {"rope_type": "linear", "factor": 2.0, "mscale_all_dim": 1.0}}),
    "deepseek_v3-dynamic": Variant("deepseek_v3", {"max_position_embeddings": 24, "rope_scaling": {"type": "dynamic", "factor": 3.0}}),
    "deepseek_v3-not-normalised": Variant("deepseek_v3", {"norm_topk_prob": False, "routed_scaling_factor": 1}),
    "deepseek_v3-one-group": Variant("deepseek_v3", {"n_group": 1, "topk_group": 1, "routed_scaling_factor": 2.827}),
    "deepseek_v3-one-group-kept": Variant("deepseek_v3", {"n_group": 2, "topk_group": 1, "num_experts_per_tok": 5}),
    "deepseek_v3-negative-bias": Variant("deepseek_v3", {"num_experts_per_tok": 5}, correction=-0.9),
    "deepseek_v3-all-experts": Variant("deepseek_v3", {"topk_group": 4, "num_experts_per_tok": 12}),
    "deepseek_v3-two-shared": Variant("deepseek_v3", {"n_shared_experts": 2, "first_k_dense_replace": 0}),
    "deepseek_v3-two-dense": Variant("deepseek_v3", {"first_k_dense_replace": 2, "num_hidden_layers": 3}),
    "deepseek_v3-epsilon": Variant("deepseek_v3", {"rms_norm_eps": 0.05}),
    "deepseek_v3-tied-alias": Variant("deepseek_v3", {"tie_word_embeddings": True, "n_routed_experts": ABSENT, "num_local_experts": 12}),
    "deepseek_v3-one-token": Variant("deepseek_v3", length=1, prompt=1),
    "deepseek_v3-long-prompt": Variant("deepseek_v3", length=150, prompt=70, new=8),
    "deepseek_v3-odd-sizes": Variant("deepseek_v3", {
        "hidden_size": 72, "moe_intermediate_size": 20, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 3, "q_lora_rank": 23, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11,
        "n_routed_experts": 15, "n_group": 5, "topk_group": 3}),
}


def draw(name, shape, rng, variant):
    """Random values with the spread of a trained model's: unit-scale activations, routers that decide."""
    values = rng.standard_normal(shape)
    if name.endswith("e_score_correction_bias"):
        return variant.correction + 0.1 * values
    if "norm" in name:
        return 1 + 0.15 * values
    if len(shape) == 1:
        return 0.2 * values
    if name.endswith(".gate.weight"):
        return 1.6 * values / shape[1] ** 0.5
    return variant.embedding * values if "embed" in name else values / min(shape) ** 0.5


def config_of(variant):
    config = {key: value for key, value in (BASE[variant.family] | variant.config).items() if value is not ABSENT}
    config["dtype" if "rope_parameters" in config else "torch_dtype"] = HUB_DTYPE[variant.dtype]
    return config


def attempt(variant, config, rng):
    """One draw: its stored tensors, its golden, and its smallest selection margin and greedy gap; None where something is a near tie."""
    model = families.of(config)
    stored = {}
    for name, shape in (model.shapes() | variant.ignored).items():
        dtype = "F32" if any(part in name for part in variant.float32) else variant.dtype
        stored[name] = dtype, draw(name, shape, rng, variant)
    model.load({name: safetensors.rounded(*tensor) for name, tensor in stored.items()})

    ids = rng.integers(3, config["vocab_size"], variant.length)
    if variant.length >= 24:
        ids[20:24] = ids[8:12]                                # the same tokens at other positions
    result = model.forward(ids)
    if result.selection_margin() < SELECTION_MARGIN:
        return None
    new, gap, passes = greedy(model, ids[:variant.prompt], variant.new)
    margin = min(f.selection_margin() for f in [result, *passes])
    varied = len(set(new)) >= (3 if model.tied else variant.new // 4)
    if margin < SELECTION_MARGIN or min(f.order_gap() for f in [result, *passes]) < ORDER_GAP or gap < GREEDY_GAP or not varied:
        return None

    golden = {"input_ids": ("I64", ids[None]), "logits": ("F32", result.logits[None]),
              "greedy_prompt_ids": ("I64", ids[None, :variant.prompt]), "greedy_ids": ("I64", np.array(new))}
    golden |= {f"hidden_states.{i}": ("F32", state[None]) for i, state in enumerate(result.hidden_states)}
    for router, decision in result.routers.items():
        for column in ("router_logits", "router_scores", "selection_scores", "routing_weights"):
            golden[f"{router}/{column}"] = "F32", getattr(decision, column)
        golden[f"{router}/selected_experts"] = "I32", decision.selected_experts
    return stored, golden, margin, gap


def make(name, folder, seed):
    """Writes one variant into its folder; returns its smallest selection margin and greedy gap."""
    variant = VARIANTS[name]
    config = config_of(variant)
    for number in range(ATTEMPTS):
        made = attempt(variant, config, np.random.default_rng([seed, zlib.crc32(name.encode()), number]))
        if made:
            break
    else:
        raise SystemExit(f"{name}: {ATTEMPTS} draws from seed {seed} had a near tie each")
    stored, golden, margin, gap = made
    if variant.eos_in_text:
        config["eos_token_id"] = int(golden["greedy_ids"][1][2])

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    ids = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    (folder / "generation_config.json").write_text(json.dumps({"_from_model_config": True, **ids}, indent=2) + "\n")
    write_checkpoint(folder, stored, variant.shard)
    metadata = {"family": variant.family, "seed": str(seed), "smallest_greedy_gap": f"{gap:.3e}",
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
