"""Granite-MoE: the four multipliers, biases, positions."""
from reference.variants.table import COMMON, LLAMA3, Variant, new_style, without

MULTIPLIERS = ("embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling")
BASE = COMMON | dict(
    architectures=["GraniteMoeForCausalLM"], model_type="granitemoe", intermediate_size=24, num_local_experts=9, num_experts_per_tok=3,
    embedding_multiplier=3.0, attention_multiplier=0.2, residual_multiplier=0.5, logits_scaling=2.0, attention_bias=False,
    rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant(without(*MULTIPLIERS, "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act",
                                "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({"embedding_multiplier": 12.0, "attention_multiplier": 0.015625, "residual_multiplier": 0.22,
                             "logits_scaling": 6.0, "num_experts_per_tok": 4, "num_local_experts": 16, "intermediate_size": 12,
                             "rope_theta": 1500000}, embedding=0.1),
    "small-embeddings": Variant({"embedding_multiplier": 0.05, "rms_norm_eps": 1e-3}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "linear": Variant({"rope_scaling": {"type": "linear", "factor": 2.0}}),
    "llama3-new-style": Variant(new_style(10000.0, **LLAMA3)),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1, "embedding_multiplier": 1.5}, embedding=0.15),
    "all-experts": Variant({"num_local_experts": 5, "num_experts_per_tok": 5, "num_key_value_heads": 1}, shard=30_000),
    "integers": Variant({"embedding_multiplier": 2, "attention_multiplier": 1, "residual_multiplier": 1, "logits_scaling": 3}),
    "mixed-dtypes": Variant(dtype="F16", float32=("router.layer", "norm.weight", "output_linear")),
    "odd-sizes": Variant({"hidden_size": 42, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": None, "num_local_experts": 7, "num_hidden_layers": 3}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
