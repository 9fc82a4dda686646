"""Phi-3.5-MoE: how wide the router's noise is, longrope on both sides of the original length, each bias."""
from reference.variants.table import COMMON, OtherExperts, Variant, longrope, new_style, without

BASE = COMMON | dict(
    architectures=["PhimoeForCausalLM"], model_type="phimoe", intermediate_size=32, num_local_experts=8, num_experts_per_tok=2,
    attention_bias=True, lm_head_bias=True, router_jitter_noise=0.01, input_jitter_noise=0.01, sliding_window=None, rope_theta=1e6,
    rms_norm_eps=1e-5)
LONGROPE = longrope(6) | {"short_mscale": 1.243, "long_mscale": 1.6}

VARIANTS = {
    "defaults": Variant(without(
        "attention_bias", "lm_head_bias", "router_jitter_noise", "input_jitter_noise", "sliding_window", "rope_theta", "rope_scaling",
        "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({
        "rope_theta": 10000.0, "rope_scaling": LONGROPE | {"original_max_position_embeddings": 64, "type": "longrope"},
        "original_max_position_embeddings": 64, "sliding_window": 255, "num_local_experts": 16}, shard=40_000),
    "longrope-crossed": Variant({"rope_scaling": LONGROPE | {"original_max_position_embeddings": 20}}),
    "longrope-factor": Variant({"rope_scaling": LONGROPE | {"original_max_position_embeddings": 30, "factor": 4.0,
                                                            "attention_factor": 0.7}}),
    "longrope-new-style": Variant(new_style(10000.0, **LONGROPE, original_max_position_embeddings=64)),
    "wide-noise": Variant({"router_jitter_noise": 0.3}),
    "narrow-noise": Variant({"router_jitter_noise": 0.001}),
    "wide-noise-many-experts": Variant({"router_jitter_noise": 0.2, "num_local_experts": 20, "intermediate_size": 12}, new=8),
    "window": Variant({"sliding_window": 6}),
    "no-biases": Variant({"attention_bias": False, "lm_head_bias": False}, dtype="F16"),
    "bias-of-attention-alone": Variant({"lm_head_bias": False}),
    "bias-of-head-alone": Variant({"attention_bias": False, "num_key_value_heads": 1}),
    "two-experts": Variant({"num_local_experts": 2, "router_jitter_noise": 0.3}),
    "tied": Variant({"tie_word_embeddings": True, "lm_head_bias": False}),
    "fused": Variant({"router_jitter_noise": 0.2}, form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 42, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": None, "num_local_experts": 7, "num_hidden_layers": 3}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
