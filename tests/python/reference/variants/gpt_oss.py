"""gpt-oss: sinks with and without windows, the clamp, YaRN given and by default, MXFP4."""
from reference.variants.table import ABSENT, COMMON, YARN, Mxfp4, Variant, kinds, new_style, without

PUBLISHED_YARN = {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False,
                  "original_max_position_embeddings": 4096}
BASE = COMMON | dict(
    architectures=["GptOssForCausalLM"], model_type="gpt_oss", intermediate_size=20, num_local_experts=7, num_experts_per_tok=3,
    head_dim=16, attention_bias=True, sliding_window=9, layer_types=kinds("sf"), swiglu_alpha=1.702, swiglu_limit=7.0,
    rope_theta=150000.0, rope_scaling=PUBLISHED_YARN, rms_norm_eps=1e-5)
BLOCKS = {"hidden_size": 64, "intermediate_size": 32}         # MXFP4 needs rows of whole blocks

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 3} | without(
        "num_experts_per_tok", "head_dim", "attention_bias", "sliding_window", "layer_types", "swiglu_alpha", "swiglu_limit", "rope_theta",
        "rope_scaling", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant(BLOCKS | {
        "experts_per_token": 3, "initial_context_length": 4096, "sliding_window": 128, "router_aux_loss_coef": 0.9,
        "output_router_logits": False}, form=Mxfp4(), shard=40_000),
    "no-bias": Variant({"attention_bias": False}),
    "small-limit": Variant({"swiglu_limit": 0.4, "swiglu_alpha": 1.1}),
    "windows-computed": Variant({"layer_types": ABSENT, "sliding_window": 4, "num_hidden_layers": 4}),
    "full-layers": Variant({"layer_types": kinds("ff")}),
    "window-layers": Variant({"layer_types": kinds("ss"), "sliding_window": 2}),
    "default-positions": Variant({"rope_scaling": {"rope_type": "default"}, "rope_theta": 20000.0}),
    "yarn-truncated": Variant({"rope_scaling": YARN}),
    "yarn-new-style": Variant(new_style(150000.0, rope_type="yarn", factor=8.0, original_max_position_embeddings=32, truncate=False)),
    "alias-all-experts": Variant({"num_local_experts": ABSENT, "num_experts": 5, "num_experts_per_tok": 5}, dtype="F16"),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "mxfp4-wide": Variant({"hidden_size": 96, "intermediate_size": 64, "num_local_experts": 5}, form=Mxfp4(), dtype="F32", new=8),
    "mxfp4-narrow": Variant({"hidden_size": 32, "intermediate_size": 96, "attention_bias": False}, form=Mxfp4(), new=8),
    "odd-sizes": Variant({"hidden_size": 45, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 1, "head_dim": 14, "num_local_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
