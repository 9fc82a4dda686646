"""Granite-MoE with a shared MLP: of several sizes, and of none."""
from reference.variants.granitemoe import MULTIPLIERS
from reference.variants.table import ABSENT, COMMON, YARN, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["GraniteMoeSharedForCausalLM"], model_type="granitemoeshared", intermediate_size=24, shared_intermediate_size=40,
    num_local_experts=6, num_experts_per_tok=2, embedding_multiplier=2.0, attention_multiplier=0.25, residual_multiplier=1.5,
    logits_scaling=1.5, attention_bias=False, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant(without(*MULTIPLIERS, "shared_intermediate_size", "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling",
                                "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "no-shared": Variant({"shared_intermediate_size": 0}),
    "wide-shared": Variant({"shared_intermediate_size": 100, "intermediate_size": 16, "num_experts_per_tok": 4}),
    "bias-tied": Variant({"attention_bias": True, "tie_word_embeddings": True}, dtype="F16", embedding=0.15),
    "top1": Variant({"num_experts_per_tok": 1}),
    "all-experts": Variant({"num_experts_per_tok": 6, "num_key_value_heads": 4}, shard=30_000),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(1e6, rope_type="default")),
    "gelu": Variant({"hidden_act": "gelu_pytorch_tanh"}),
    "odd-sizes": Variant({"hidden_size": 42, "intermediate_size": 19, "shared_intermediate_size": 27, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": ABSENT, "num_local_experts": 7}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
