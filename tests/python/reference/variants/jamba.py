"""Jamba: where attention and experts are, the sizes of Mamba, biases; and no experts at all."""
from reference.variants.table import ABSENT, COMMON, Variant, without

BASE = COMMON | dict(
    architectures=["JambaForCausalLM"], model_type="jamba", intermediate_size=40, num_experts=7, num_experts_per_tok=2, num_hidden_layers=4,
    attn_layer_period=3, attn_layer_offset=1, expert_layer_period=2, expert_layer_offset=1, mamba_expand=2, mamba_d_state=8, mamba_d_conv=4,
    mamba_dt_rank=5, mamba_conv_bias=True, mamba_proj_bias=False, rms_norm_eps=1e-6, use_mamba_kernels=False,
    rope_theta=ABSENT, rope_scaling=ABSENT)

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 5} | without(
        "attn_layer_period", "attn_layer_offset", "expert_layer_period", "expert_layer_offset", "mamba_expand", "mamba_d_state",
        "mamba_d_conv", "mamba_dt_rank", "mamba_conv_bias", "mamba_proj_bias", "rms_norm_eps", "num_experts", "num_experts_per_tok",
        "hidden_act", "tie_word_embeddings"), embedding=0.15),
    "auto-rank-biases": Variant({"mamba_dt_rank": "auto", "mamba_proj_bias": True, "hidden_size": 56}, dtype="F16"),
    "no-convolution-bias": Variant({"mamba_conv_bias": False, "mamba_d_conv": 2}),
    "one-tap": Variant({"mamba_d_conv": 1}),
    "wide": Variant({"mamba_expand": 3, "mamba_d_state": 5, "mamba_dt_rank": 1}),
    "all-sparse": Variant({"expert_layer_period": 1, "expert_layer_offset": 0, "num_experts_per_tok": 7}, shard=60_000),
    "no-experts": Variant({"num_experts": 1, "num_experts_per_tok": 1}),
    "no-attention": Variant({"attn_layer_period": 9, "attn_layer_offset": 8}),
    "tied": Variant({"tie_word_embeddings": True}, embedding=0.15),
    "relu": Variant({"hidden_act": "relu"}),
    "mixed-dtypes": Variant(dtype="F16", float32=("A_log", ".D", "dt_proj", "layernorm")),
    "odd-sizes": Variant({"hidden_size": 42, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": ABSENT, "mamba_d_state": 7, "mamba_dt_rank": 3}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
