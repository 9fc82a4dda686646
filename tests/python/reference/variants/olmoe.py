"""OLMoE: clip, biases, every activation function, mixed stored types."""
from reference.variants.table import ABSENT, COMMON, OtherExperts, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["OlmoeForCausalLM"], model_type="olmoe", intermediate_size=24, num_experts=10, num_experts_per_tok=3,
    num_key_value_heads=4, norm_topk_prob=False, clip_qkv=None, attention_bias=False, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant(without("norm_topk_prob", "clip_qkv", "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling",
                                "num_key_value_heads", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "normalised-clip": Variant({"norm_topk_prob": True, "clip_qkv": 0.8}),
    "bias-gqa": Variant({"attention_bias": True, "num_key_value_heads": 2}),
    "clip-bias-one-kv-head": Variant({"attention_bias": True, "num_key_value_heads": 1, "clip_qkv": 1.1}),
    "yarn": Variant(new_style(10000.0, rope_type="yarn", factor=8.0, original_max_position_embeddings=32)),
    "all-experts": Variant({"num_experts_per_tok": 10}),
    "alias-eos": Variant({"num_experts": ABSENT, "num_local_experts": 10}, eos_in_text=True),
    "many-experts": Variant({"num_experts": 70, "num_experts_per_tok": 9, "intermediate_size": 8, "num_hidden_layers": 1},
                            length=26, new=6),
    "fused": Variant({"intermediate_size": 21}, form=OtherExperts(), dtype="F16"),
    "mixed-dtypes": Variant(dtype="F16", float32=("norm.weight", "mlp.gate.", "q_proj")),
    "many-shards": Variant(dtype="F32", shard=4_000),
    "one-token": Variant(length=1, prompt=1),
    "odd-sizes": Variant({"hidden_size": 36, "intermediate_size": 19, "vocab_size": 101, "num_attention_heads": 6,
                          "num_key_value_heads": 3, "num_experts": 9, "tie_word_embeddings": True}, dtype="F32"),
    **{act: Variant({"hidden_act": act}, new=8) for act in (
        "gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "relu2", "sigmoid", "swish", "tanh")},
}
