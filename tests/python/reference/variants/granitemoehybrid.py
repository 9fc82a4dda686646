"""Granite 4.0: positions or none, the sizes and limits of Mamba-2, no experts, all layers of one kind."""
import math

from reference.variants.granitemoe import MULTIPLIERS
from reference.variants.table import ABSENT, COMMON, YARN, Variant, without

LINEAR, FULL = "linear_attention", "full_attention"
BASE = COMMON | dict(
    architectures=["GraniteMoeHybridForCausalLM"], model_type="granitemoehybrid", intermediate_size=24, shared_intermediate_size=40,
    num_local_experts=7, num_experts_per_tok=2, embedding_multiplier=2.0, attention_multiplier=0.25, residual_multiplier=0.7,
    logits_scaling=1.5, attention_bias=False, rms_norm_eps=1e-6, layer_types=[LINEAR, FULL, LINEAR], num_hidden_layers=3,
    position_embedding_type="rope", mamba_n_heads=4, mamba_d_head=24, mamba_n_groups=1, mamba_d_state=16, mamba_d_conv=4, mamba_expand=2,
    mamba_conv_bias=True, mamba_proj_bias=False, mamba_chunk_size=8, time_step_limit=[0.0, {"__float__": "Infinity"}])

VARIANTS = {
    "defaults": Variant({"mamba_n_heads": 8, "mamba_d_head": 12} | without(
        *MULTIPLIERS, "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings", "time_step_limit",
        "mamba_n_groups", "mamba_d_conv", "mamba_expand", "mamba_conv_bias", "mamba_proj_bias", "mamba_chunk_size", "position_embedding_type",
        "shared_intermediate_size", "mamba_d_state"), embedding=0.05),
    "earlier-names": Variant({"layer_types": ["mamba", "attention", "attention"], "position_embedding_type": "nope"}),
    "no-list": Variant({"layer_types": ABSENT, "position_embedding_type": None, "num_hidden_layers": 2}),
    "all-attention": Variant({"layer_types": [FULL] * 3, "rope_scaling": YARN}),
    "groups": Variant({"mamba_n_groups": 2, "mamba_n_heads": 8, "mamba_d_head": "auto"}),
    "a-group-a-head": Variant({"mamba_n_groups": 4, "mamba_d_state": 9}),
    "biases": Variant({"mamba_proj_bias": True, "attention_bias": True}, dtype="F16"),
    "no-convolution-bias": Variant({"mamba_conv_bias": False, "mamba_d_conv": 2, "mamba_expand": 3, "mamba_n_heads": 2, "mamba_d_head": 72}),
    "limits": Variant({"time_step_limit": [0.03, 0.1]}),
    "bare-infinity": Variant({"time_step_limit": [0.06, math.inf]}),
    "no-experts": Variant({"num_local_experts": 0, "num_experts_per_tok": 0}),
    "tied": Variant({"tie_word_embeddings": True}, embedding=0.15, shard=30_000),
    "odd-sizes": Variant({"hidden_size": 42, "intermediate_size": 19, "shared_intermediate_size": 27, "vocab_size": 131, "mamba_n_heads": 12,
                          "mamba_d_head": 7, "mamba_d_state": 5, "num_attention_heads": 3, "num_key_value_heads": ABSENT}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
