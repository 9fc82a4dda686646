"""Laguna: positions for each layer type, heads for each layer, both gates, the soft cap, the factor behind the weights."""
from reference.variants.table import COMMON, OtherExperts, Variant, kinds, mlps, without

FULL = {"rope_type": "default", "rope_theta": 500000.0, "partial_rotary_factor": 0.5}
SLIDING = {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0}
YARN = {"rope_type": "yarn", "rope_theta": 500000.0, "partial_rotary_factor": 0.5, "factor": 8.0, "beta_fast": 32.0, "beta_slow": 1.0,
        "original_max_position_embeddings": 32}
BASE = {key: value for key, value in COMMON.items() if not key.startswith("rope_")} | dict(
    architectures=["LagunaForCausalLM"], model_type="laguna", intermediate_size=64, moe_intermediate_size=20,
    shared_expert_intermediate_size=28, num_experts=10, num_experts_per_tok=3, head_dim=16, layer_types=kinds("fs"),
    mlp_layer_types=mlps("ds"), num_attention_heads_per_layer=[4, 4], gating=True, sliding_window=9, moe_routed_scaling_factor=1.0,
    moe_router_logit_softcapping=0.0, moe_apply_router_weight_on_input=False, attention_bias=False,
    rope_parameters={"full_attention": FULL, "sliding_attention": SLIDING}, rms_norm_eps=1e-6)


def positions(full=FULL, sliding=SLIDING):
    return {"rope_parameters": {"full_attention": full, "sliding_attention": sliding}}


VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 3} | without(
        "head_dim", "layer_types", "mlp_layer_types", "num_attention_heads_per_layer", "gating", "sliding_window",
        "moe_routed_scaling_factor", "moe_router_logit_softcapping", "moe_apply_router_weight_on_input", "attention_bias",
        "rope_parameters", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "default-positions-of-windows": Variant({"layer_types": kinds("sf"), "sliding_window": 4} | without("rope_parameters")),
    "xs-as-published": Variant({
        "num_hidden_layers": 4, "layer_types": kinds("fsss"), "mlp_layer_types": mlps("dsss"), "gating": "per-head",
        "num_attention_heads_per_layer": [4, 6, 6, 6], "moe_routed_scaling_factor": 2.5} | positions(YARN), shard=60_000),
    "heads-for-each-layer": Variant({"num_attention_heads_per_layer": [2, 6], "mlp_layer_types": mlps("ss")}),
    "gate-for-each-channel": Variant({"gating": False}),
    "gate-by-another-name": Variant({"gating": "per-channel", "num_attention_heads_per_layer": [6, 2]}),
    "softcap": Variant({"moe_router_logit_softcapping": 1.5}),
    "factor": Variant({"moe_routed_scaling_factor": 2.5, "mlp_layer_types": mlps("ss")}),
    "negative-bias": Variant({"num_experts_per_tok": 5}, correction=-0.9),
    "yarn-truncate-not-read": Variant({"layer_types": kinds("ff")} | positions(YARN | {
        "truncate": False, "rope_theta": 1000.0, "original_max_position_embeddings": 256})),
    "both-scaled": Variant(positions({"rope_type": "linear", "factor": 2.0, "rope_theta": 20000.0}, YARN | {"attention_factor": 0.9})),
    "odd-rotary-size": Variant({"head_dim": 14} | positions(FULL, SLIDING | {"partial_rotary_factor": 0.8})),
    "theta-outside-not-read": Variant({"rope_theta": 300.0, "partial_rotary_factor": 0.25}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "all-experts": Variant({"num_experts_per_tok": 10}),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "shared_expert_intermediate_size": 29, "intermediate_size": 37,
                          "vocab_size": 131, "num_attention_heads": 3, "num_key_value_heads": 3, "num_attention_heads_per_layer": [3, 6],
                          "head_dim": 12, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
