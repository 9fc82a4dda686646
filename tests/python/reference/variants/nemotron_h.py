"""Nemotron-H: layers of every kind in any order, by list or by letters, latent experts, groups, biases, time steps that are clamped."""
from reference.variants.table import ABSENT, COMMON, OtherExperts, Variant, without

LINEAR, FULL = "linear_attention", "full_attention"
BASE = {key: value for key, value in COMMON.items() if key not in ("num_hidden_layers", "hidden_act", "rope_theta", "rope_scaling")} | dict(
    architectures=["NemotronHForCausalLM"], model_type="nemotron_h", layers_block_type=[LINEAR, "moe", FULL, "mlp"], head_dim=16,
    mamba_num_heads=4, mamba_head_dim=12, ssm_state_size=16, n_groups=2, conv_kernel=4, use_conv_bias=True, use_bias=False, time_step_min=0.001,
    intermediate_size=72, mlp_hidden_act="relu2", mamba_hidden_act="silu", mlp_bias=False, n_routed_experts=9, num_experts_per_tok=3,
    moe_intermediate_size=20, moe_shared_expert_intermediate_size=28, moe_latent_size=None, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=1.7, layer_norm_epsilon=1e-5, time_step_limit=[0.0, {"__float__": "Infinity"}], expand=1)

VARIANTS = {
    "defaults": Variant({"ssm_state_size": 128, "n_groups": ABSENT, "mamba_num_heads": 8} | without(
        "layers_block_type", "conv_kernel", "use_conv_bias", "use_bias", "time_step_min", "mlp_hidden_act", "mamba_hidden_act", "mlp_bias",
        "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "layer_norm_epsilon", "time_step_limit", "moe_latent_size", "expand",
        "num_experts_per_tok", "tie_word_embeddings")),
    "letters": Variant({"layers_block_type": ABSENT, "hybrid_override_pattern": "MEM*-E", "num_hidden_layers": 52}),
    "earlier-keys": Variant({"layers_block_type": ABSENT, "layer_types": ["mamba", "moe", "attention", "moe"], "mamba_n_groups": 1, "mamba_d_conv": 3,
                             "mamba_conv_bias": False, "mamba_dt_min": 0.05}),
    "latent-groups": Variant({"moe_latent_size": 24, "n_routed_experts": 12, "n_group": 4, "topk_group": 2}),
    "latent-biases": Variant({"moe_latent_size": 12, "mlp_bias": True, "use_bias": True}, dtype="F16"),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": 1}),
    "clamped": Variant({"time_step_min": 0.06, "layers_block_type": [LINEAR, "moe", LINEAR]}),
    "no-convolution-bias": Variant({"use_conv_bias": False, "conv_kernel": 2, "mamba_hidden_act": "gelu"}),
    "gelu": Variant({"mlp_hidden_act": "gelu"}),
    "only-mamba-and-experts": Variant({"layers_block_type": [LINEAR, "moe"]}, shard=30_000),
    "experts-alone": Variant({"layers_block_type": ["moe", "moe"]}),
    "mlps-alone": Variant({"layers_block_type": [LINEAR, "mlp"]}),
    "fused": Variant(form=OtherExperts()),
    "prediction-heads": Variant({"num_nextn_predict_layers": 1, "mtp_layers_block_type": [FULL, "moe"]},
                                ignored={"mtp.layers.0.norm.weight": (48,), "mtp.layers.1.mixer.gate.weight": (9, 48)}),
    "tied-says-nothing": Variant({"tie_word_embeddings": True, "num_key_value_heads": None}),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 19, "intermediate_size": 37, "vocab_size": 131, "mamba_num_heads": 6, "head_dim": 10,
                          "mamba_head_dim": 7, "ssm_state_size": 5, "num_attention_heads": 3, "num_key_value_heads": 1, "n_groups": 3}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
