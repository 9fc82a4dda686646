"""FlexOlmo: the norms behind the sublayers with OLMoE's switches."""
from reference.variants.table import ABSENT, COMMON, LLAMA3, OtherExperts, Variant, new_style, without

BASE = COMMON | new_style(500000.0, rope_type="default") | dict(
    architectures=["FlexOlmoForCausalLM"], model_type="flex_olmo", intermediate_size=24, num_experts=7, num_experts_per_tok=3,
    num_key_value_heads=4, norm_topk_prob=False, attention_bias=False, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant(without("norm_topk_prob", "attention_bias", "rms_norm_eps", "rope_parameters", "num_key_value_heads",
                                "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "normalised": Variant({"norm_topk_prob": True}),
    "bias-gqa": Variant({"attention_bias": True, "num_key_value_heads": 2}),
    "one-kv-head-tied": Variant({"num_key_value_heads": 1, "tie_word_embeddings": True}),
    "old-style": Variant({"rope_parameters": ABSENT, "rope_theta": 20000.0, "rope_scaling": {"type": "linear", "factor": 2.0}}),
    "theta-left-out": Variant({"rope_parameters": {"rope_type": "linear", "factor": 3.0}}),
    "llama3": Variant(new_style(10000.0, **LLAMA3)),
    "yarn": Variant(new_style(500000.0, rope_type="yarn", factor=8.0, original_max_position_embeddings=32)),
    "fused": Variant({"intermediate_size": 17}, form=OtherExperts(), shard=20_000),
    "all-experts-f16": Variant({"num_experts": 4, "num_experts_per_tok": 4}, dtype="F16", float32=("norm.weight",)),
    "top1": Variant({"num_experts": ABSENT, "num_local_experts": 7, "num_experts_per_tok": 1}),
    "odd-sizes": Variant({"hidden_size": 42, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 3, "num_experts": 9, "num_experts_per_tok": 2}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
