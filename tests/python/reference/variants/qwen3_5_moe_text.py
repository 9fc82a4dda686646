"""Qwen3.5-MoE: four projections, alone and as the text part of a model of images."""
from reference.variants.table import COMMON, OtherExperts, Variant, kinds, new_style, without

BASE = COMMON | new_style(1e7, rope_type="default", partial_rotary_factor=0.5, mrope_interleaved=True, mrope_section=[2, 2, 1]) | dict(
    architectures=["Qwen3_5MoeForCausalLM"], model_type="qwen3_5_moe_text", moe_intermediate_size=24, shared_expert_intermediate_size=40, num_experts=10,
    num_experts_per_tok=3, head_dim=20, attention_bias=False, full_attention_interval=2, linear_conv_kernel_dim=4, linear_num_key_heads=2,
    linear_num_value_heads=4, linear_key_head_dim=12, linear_value_head_dim=10, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 4} | without(
        "head_dim", "attention_bias", "full_attention_interval", "linear_conv_kernel_dim", "rms_norm_eps", "rope_parameters", "hidden_act",
        "tie_word_embeddings")),
    "multimodal": Variant({"layer_types": kinds("llf"), "num_hidden_layers": 3, "mtp_num_hidden_layers": 1, "attn_output_gate": True,
                           "mamba_ssm_dtype": "float32"}, multimodal=True, form=OtherExperts(), shard=60_000),
    "multimodal-tied": Variant({"tie_word_embeddings": True}, multimodal=True, embedding=0.25),
    "one-key-head": Variant({"linear_num_key_heads": 1, "linear_num_value_heads": 3, "linear_value_head_dim": 24}),
    "as-many-heads-bias": Variant({"linear_num_key_heads": 3, "linear_num_value_heads": 3, "attention_bias": True}, dtype="F16"),
    "all-experts": Variant({"num_experts": 5, "num_experts_per_tok": 5}),
    "all-linear": Variant({"layer_types": kinds("ll")}),
    "mixed-dtypes": Variant(float32=("A_log", "dt_bias", "linear_attn.norm", "conv1d")),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 13, "shared_expert_intermediate_size": 29, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 1, "linear_key_head_dim": 7, "linear_value_head_dim": 3, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
