"""LFM2-MoE: convolutions of several lengths, biases, the router's switches, a head of its own."""
from reference.variants.table import ABSENT, COMMON, OtherExperts, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["Lfm2MoeForCausalLM"], model_type="lfm2_moe", intermediate_size=72, moe_intermediate_size=24, num_experts=9,
    num_experts_per_tok=3, num_dense_layers=1, layer_types=["conv", "full_attention", "conv"], num_hidden_layers=3, conv_L_cache=3,
    conv_bias=False, use_expert_bias=True, norm_topk_prob=True, routed_scaling_factor=1.0, norm_eps=1e-5, rope_theta=1e6,
    tie_word_embeddings=False)

VARIANTS = {
    "defaults": Variant({"layer_types": ["conv", "full_attention", "conv", "conv"], "num_hidden_layers": 4} | without(
        "conv_L_cache", "conv_bias", "use_expert_bias", "norm_topk_prob", "routed_scaling_factor", "norm_eps", "rope_theta", "rope_scaling",
        "hidden_act", "num_dense_layers", "tie_word_embeddings"), embedding=0.15),
    "biases-long-convolution": Variant({"conv_bias": True, "conv_L_cache": 7}, dtype="F16"),
    "one-tap": Variant({"conv_L_cache": 1}),
    "no-expert-bias": Variant({"use_expert_bias": False, "norm_topk_prob": False, "routed_scaling_factor": 1.7}),
    "tie-embedding": Variant({"tie_word_embeddings": False, "tie_embedding": True}, embedding=0.15),
    "untied-by-tie-embedding": Variant({"tie_word_embeddings": True, "tie_embedding": False}),
    "all-convolutions": Variant({"layer_types": ["conv"] * 3, "num_dense_layers": 0}, shard=40_000),
    "all-dense-but-one": Variant({"num_dense_layers": 2, "norm_eps": 0.02}),
    "new-style": Variant(new_style(1e5, rope_type="default")),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 19, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": ABSENT, "num_experts": 7}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
