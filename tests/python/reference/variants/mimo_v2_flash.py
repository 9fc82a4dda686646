"""MiMo-V2-Flash: layer types, how much of a head rotates, the scale of the values, groups, FP8 with parts left out."""
from reference.variants.table import ABSENT, COMMON, Fp8, OtherExperts, Variant, kinds, mlps, without

BASE = {key: value for key, value in COMMON.items() if not key.startswith("rope_")} | dict(
    architectures=["MiMoV2FlashForCausalLM"], model_type="mimo_v2_flash", intermediate_size=64, moe_intermediate_size=20,
    n_routed_experts=12, num_experts_per_tok=3, head_dim=16, v_head_dim=12, layer_types=kinds("fs"), mlp_layer_types=mlps("ds"),
    sliding_window=9, attention_value_scale=0.707, n_group=1, topk_group=1, norm_topk_prob=True, routed_scaling_factor=1.8,
    attention_bias=False, rms_norm_eps=1e-5)


def positions(part, **full):
    """part: of a head, that rotates."""
    return {"rope_parameters": {
        "full_attention": {"rope_type": "default", "rope_theta": 5000000.0, "partial_rotary_factor": part, **full},
        "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": part}}}


BASE |= positions(0.334)
VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 7} | without(
        "head_dim", "v_head_dim", "layer_types", "mlp_layer_types", "sliding_window", "attention_value_scale", "n_group", "topk_group",
        "norm_topk_prob", "routed_scaling_factor", "attention_bias", "rope_parameters", "rms_norm_eps", "hidden_act",
        "tie_word_embeddings"), embedding=0.05, new=8),
    "types-computed": Variant({"num_hidden_layers": 6, "sliding_window": 4} | without("layer_types", "mlp_layer_types")),
    "sparse-before-dense": Variant({"layer_types": kinds("sfs"), "mlp_layer_types": mlps("sds"), "num_hidden_layers": 3}),
    "all-windows": Variant({"layer_types": kinds("ss"), "sliding_window": 2}),
    "all-full": Variant({"layer_types": kinds("ff")}),
    "window-size": Variant({"sliding_window": ABSENT, "sliding_window_size": 4, "layer_types": kinds("ss")}),
    "values-not-scaled": Variant({"attention_value_scale": None}),
    "values-scaled-up": Variant({"attention_value_scale": 1.4, "v_head_dim": 20}),
    "half-rotates": Variant(positions(0.5)),
    "all-rotates": Variant(positions(1.0)),
    "factor-left-out": Variant({"rope_parameters": {
        "full_attention": {"rope_type": "default", "rope_theta": 20000.0}, "sliding_attention": {"rope_theta": 500.0}}}),
    "full-layers-scaled": Variant(positions(0.5, rope_type="linear", factor=4.0) | {"layer_types": kinds("ff")}),
    "theta-outside-not-read": Variant({"rope_theta": 300.0, "partial_rotary_factor": 1.0}),
    "groups": Variant({"n_group": 4, "topk_group": 2, "routed_scaling_factor": None}),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": ABSENT}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "alias-all-experts": Variant({"n_routed_experts": ABSENT, "num_local_experts": 6, "num_experts_per_tok": 6}),
    "fused": Variant(form=OtherExperts()),
    "fp8": Variant(form=Fp8((128, 128), kept=("self_attn.o_proj",)), shard=30_000),
    "fp8-partial-tiles": Variant({"layer_types": kinds("sf")}, form=Fp8((20, 20)), new=8),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 14, "v_head_dim": 11, "n_routed_experts": 11},
                         dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
