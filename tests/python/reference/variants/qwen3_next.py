"""Qwen3-Next: heads of the delta rule in every proportion, which layers are full, dense or sparse, biases, partial rotation."""
from reference.variants.table import COMMON, YARN, OtherExperts, Variant, kinds, new_style, without

BASE = COMMON | dict(
    architectures=["Qwen3NextForCausalLM"], model_type="qwen3_next", intermediate_size=64, moe_intermediate_size=24,
    shared_expert_intermediate_size=40, num_experts=10, num_experts_per_tok=3, norm_topk_prob=True, decoder_sparse_step=1, mlp_only_layers=[],
    head_dim=20, partial_rotary_factor=0.5, attention_bias=False, full_attention_interval=2, linear_conv_kernel_dim=4, linear_num_key_heads=2,
    linear_num_value_heads=4, linear_key_head_dim=12, linear_value_head_dim=10, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 4} | without(
        "head_dim", "partial_rotary_factor", "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers", "attention_bias", "full_attention_interval",
        "linear_conv_kernel_dim", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings")),
    "as-published": Variant({"layer_types": kinds("llf"), "num_hidden_layers": 3, "rope_theta": 10000000, "use_sliding_window": False},
                            ignored={"mtp.fc.weight": (48, 96), "mtp.norm.weight": (48,), "mtp.layers.0.mlp.gate.weight": (10, 48)}, shard=60_000),
    "one-key-head": Variant({"linear_num_key_heads": 1, "linear_num_value_heads": 3}),
    "as-many-heads": Variant({"linear_num_key_heads": 3, "linear_num_value_heads": 3, "linear_value_head_dim": 37}),
    "many-value-heads": Variant({"linear_num_value_heads": 8, "linear_key_head_dim": 5, "linear_value_head_dim": 64}, dtype="F16"),
    "one-tap": Variant({"linear_conv_kernel_dim": 1}),
    "six-taps": Variant({"linear_conv_kernel_dim": 6}),
    "all-linear": Variant({"layer_types": kinds("ll")}),
    "all-full": Variant({"layer_types": kinds("ff")}),
    "every-third-full": Variant({"full_attention_interval": 3, "num_hidden_layers": 4}),
    "dense-layers": Variant({"decoder_sparse_step": 2, "mlp_only_layers": [3], "num_hidden_layers": 6}),
    "not-normalised-bias": Variant({"norm_topk_prob": False, "attention_bias": True}),
    "all-rotates": Variant({"partial_rotary_factor": 1.0}),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(1e6, rope_type="default", partial_rotary_factor=0.3) | without("partial_rotary_factor")),
    "tied": Variant({"tie_word_embeddings": True}, embedding=0.25),
    "epsilon": Variant({"rms_norm_eps": 0.05}),
    "mixed-dtypes": Variant(float32=("A_log", "dt_bias", "linear_attn.norm", "conv1d")),
    "fused": Variant({"mlp_only_layers": [1], "num_hidden_layers": 3}, form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 13, "shared_expert_intermediate_size": 29, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 1, "linear_key_head_dim": 7, "linear_value_head_dim": 3, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
