"""GLM-4-MoE: how much of a head rotates, QK norm and biases, dense layers, groups."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, new_style, prediction_heads, without

BASE = COMMON | dict(
    architectures=["Glm4MoeForCausalLM"], model_type="glm4_moe", intermediate_size=64, moe_intermediate_size=20, head_dim=16,
    n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, first_k_dense_replace=1, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=1.5, attention_bias=True, use_qk_norm=True, partial_rotary_factor=0.5, rope_theta=1e6, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant(without(
        "first_k_dense_replace", "n_shared_experts", "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "attention_bias",
        "use_qk_norm", "partial_rotary_factor", "rope_theta", "rope_scaling", "rms_norm_eps", "head_dim", "hidden_act",
        "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({"use_qk_norm": False, "routed_scaling_factor": 1.0, "num_nextn_predict_layers": 1},
                            ignored=prediction_heads(2, 48, 192, 12), shard=50_000),
    "no-qk-norm-no-bias": Variant({"use_qk_norm": False, "attention_bias": False}),
    "qk-norm-no-bias": Variant({"attention_bias": False}, dtype="F16"),
    "groups": Variant({"n_group": 4, "topk_group": 2, "num_experts_per_tok": 4}),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": 1.0}),
    "no-dense-layer": Variant({"first_k_dense_replace": 0, "n_shared_experts": 2}),
    "two-dense-layers": Variant({"first_k_dense_replace": 2, "num_hidden_layers": 3}),
    "quarter-rotates": Variant({"partial_rotary_factor": 0.25}),
    "all-rotates": Variant({"partial_rotary_factor": 1.0}),
    "odd-rotary-size": Variant({"head_dim": 14}),
    "rotary-size-truncated": Variant({"head_dim": 18, "partial_rotary_factor": 0.35}),
    "factor-in-parameters": Variant(new_style(10000.0, partial_rotary_factor=0.75) | {"partial_rotary_factor": ABSENT}),
    "yarn": Variant({"rope_scaling": YARN}),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "alias-all-experts": Variant({"n_routed_experts": ABSENT, "num_local_experts": 6, "num_experts_per_tok": 6}),
    "fused": Variant(form=OtherExperts()),
    "fp8": Variant({"attention_bias": False}, form=Fp8((24, 24)), new=8),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 12, "n_routed_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
