"""MiniMax-M2: how much of a head rotates and which key says so, the bias, FP8."""
from functools import partial

from reference.variants import table
from reference.variants.table import ABSENT, COMMON, Fp8, OtherExperts, new_style, without

Variant = partial(table.Variant, float32=("e_score_correction_bias", "block_sparse_moe.gate."))
BASE = COMMON | new_style(5000000.0, rope_type="default", partial_rotary_factor=0.5) | dict(
    architectures=["MiniMaxM2ForCausalLM"], model_type="minimax_m2", intermediate_size=24, num_local_experts=10, num_experts_per_tok=3,
    head_dim=20, rms_norm_eps=1e-6)
OLD_STYLE = {"rope_parameters": ABSENT, "rope_theta": 5000000, "rope_scaling": None}

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1} | without(
        "head_dim", "rope_parameters", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant(OLD_STYLE | {
        "rotary_dim": 10, "use_qk_norm": True, "qk_norm_type": "per_layer", "scoring_func": "sigmoid", "use_routing_bias": True,
        "shared_intermediate_size": 0, "attn_type_list": [1, 1], "num_mtp_modules": 3, "mtp_transformer_layers": 1,
        "output_router_logits": False, "router_aux_loss_coef": 0.001, "router_jitter_noise": 0.0}, form=Fp8((128, 128), kept=("gate",))),
    "factor-before-rotary-dim": Variant(OLD_STYLE | {"rotary_dim": 10, "partial_rotary_factor": 0.8}),
    "rotary-dim-new-style": Variant(new_style(10000.0, rope_type="default") | {"rotary_dim": 5}),
    "all-rotates": Variant(OLD_STYLE | {"rope_theta": 10000.0}),
    "odd-rotary-size": Variant({"head_dim": 18, "rope_parameters": {"rope_theta": 10000.0, "partial_rotary_factor": 0.5}}),
    "yarn": Variant(new_style(10000.0, rope_type="yarn", factor=4.0, original_max_position_embeddings=32, partial_rotary_factor=0.5)),
    "negative-bias": Variant({"num_experts_per_tok": 4}, correction=-0.9),
    "one-kv-head": Variant({"num_key_value_heads": 1, "num_experts_per_tok": 1}, dtype="F16"),
    "tied": Variant({"tie_word_embeddings": True, "num_key_value_heads": 4}, embedding=0.25),
    "alias-all-experts": Variant({"num_local_experts": ABSENT, "num_experts": 6, "num_experts_per_tok": 6}),
    "fused": Variant(form=OtherExperts(), shard=40_000),
    "fp8-partial-tiles": Variant(form=Fp8((13, 29), scales="BF16"), new=8),
    "bf16-router": table.Variant(float32=()),
    "odd-sizes": Variant({"hidden_size": 45, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 1, "head_dim": 12, "num_local_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
