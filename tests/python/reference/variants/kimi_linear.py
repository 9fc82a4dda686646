"""Kimi Linear: its layers by three kinds of lists, the delta rule's sizes by two kinds of keys, latent attention with and without a query rank, groups."""
from reference.variants.table import ABSENT, COMMON, OtherExperts, Variant, kinds, mlps, without

BASE = COMMON | dict(
    architectures=["KimiLinearForCausalLM"], model_type="kimi_linear", intermediate_size=64, moe_intermediate_size=20, num_key_value_heads=4,
    num_experts=12, num_experts_per_token=3, num_shared_experts=1, first_k_dense_replace=1, num_expert_group=1, topk_group=1, moe_renormalize=True,
    routed_scaling_factor=2.446, q_lora_rank=None, kv_lora_rank=16, qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=10, attention_bias=False,
    layer_types=kinds("llf"), num_hidden_layers=3, linear_num_heads=3, linear_head_dim=12, linear_conv_kernel_dim=4, rms_norm_eps=1e-5,
    model_max_length=256, max_position_embeddings=ABSENT, rope_theta=ABSENT, rope_scaling=ABSENT)
OWN = {"num_heads": 3, "head_dim": 12, "short_conv_kernel_size": 4, "full_attn_layers": [3], "kda_layers": [1, 2]}

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 5} | without(
        "layer_types", "first_k_dense_replace", "num_expert_group", "topk_group", "moe_renormalize", "routed_scaling_factor", "q_lora_rank",
        "attention_bias", "linear_conv_kernel_dim", "rms_norm_eps", "hidden_act", "tie_word_embeddings")),
    "as-published": Variant({
        "linear_attn_config": OWN, "mla_use_nope": True, "moe_layer_freq": 1, "moe_router_activation_func": "sigmoid", "use_grouped_topk": True,
        "num_nextn_predict_layers": 0, "rope_theta": 10000.0, "rope_scaling": None, "head_dim": 12} | without(
            "layer_types", "linear_num_heads", "linear_head_dim", "linear_conv_kernel_dim"), shard=60_000),
    "own-section-wins": Variant({"linear_attn_config": {"num_heads": 2, "head_dim": 20, "short_conv_kernel_size": 2}}),
    "first-layer-full": Variant({"linear_attn_config": OWN | {"full_attn_layers": [1, 3], "kda_layers": [2]}, "layer_types": ABSENT}),
    "q-lora": Variant({"q_lora_rank": 24}),
    "groups": Variant({"num_expert_group": 4, "topk_group": 2}),
    "not-normalised": Variant({"moe_renormalize": False, "routed_scaling_factor": 1.0}, dtype="F16"),
    "dense-listed": Variant({"mlp_layer_types": mlps("sds")}),
    "all-sparse-two-shared": Variant({"first_k_dense_replace": 0, "num_shared_experts": 2}),
    "no-shared": Variant({"num_shared_experts": 0}),
    "all-linear": Variant({"layer_types": kinds("lll")}),
    "large-heads": Variant({"linear_num_heads": 2, "linear_head_dim": 70}),
    "one-tap": Variant({"linear_conv_kernel_dim": 1}),
    "negative-bias": Variant({"num_experts_per_token": 5}, correction=-0.9),
    "other-context-key": Variant({"model_max_length": ABSENT, "max_position_embeddings": 256}),
    "tied": Variant({"tie_word_embeddings": True}, embedding=0.25),
    "mixed-dtypes": Variant(float32=("e_score_correction_bias", "A_log", "dt_bias", "o_norm", "conv1d")),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 3, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11,
                          "linear_num_heads": 5, "linear_head_dim": 7}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
