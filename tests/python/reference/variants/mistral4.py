"""Mistral 4: the growing query, groups of softmax scores, YaRN given and by default, experts each by itself."""
from reference.variants.table import COMMON, OtherExperts, Variant, new_style, without

PUBLISHED_YARN = {"rope_type": "yarn", "factor": 128.0, "original_max_position_embeddings": 8192, "beta_fast": 32.0, "beta_slow": 1.0,
                  "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.1}
BASE = COMMON | new_style(10000.0, **PUBLISHED_YARN) | dict(
    architectures=["Mistral4ForCausalLM"], model_type="mistral4", intermediate_size=64, moe_intermediate_size=20, num_key_value_heads=4,
    n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, first_k_dense_replace=0, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=1.0, q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=12,
    rope_interleave=True, attention_bias=False, rms_norm_eps=1e-6)


def positions(**p):
    return new_style(10000.0, **PUBLISHED_YARN | p)


VARIANTS = {
    "defaults": Variant(without(
        "n_shared_experts", "first_k_dense_replace", "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "rope_interleave",
        "attention_bias", "rope_parameters", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant(positions(type="yarn", max_position_embeddings=256, partial_rotary_factor=8 / 20) | {
        "partial_rotary_factor": 8 / 20, "head_dim": 20, "qk_head_dim": 20}, shard=50_000),
    "query-grows": Variant(positions(original_max_position_embeddings=8)),
    "query-grows-steeply": Variant(positions(original_max_position_embeddings=3, factor=16.0, llama_4_scaling_beta=0.4)),
    "old-style": Variant({"rope_parameters": None, "rope_theta": 50000.0,
                          "rope_scaling": PUBLISHED_YARN | {"original_max_position_embeddings": 16, "factor": 8.0}}),
    "mscales-unequal": Variant(positions(factor=8.0, original_max_position_embeddings=32, mscale=0.7, mscale_all_dim=1.3)),
    "no-mscale-all-dim": Variant(positions(factor=8.0, original_max_position_embeddings=32, mscale=1.0, mscale_all_dim=0.0)),
    "groups": Variant({"n_group": 4, "topk_group": 2, "routed_scaling_factor": 1.8}),
    "groups-not-normalised": Variant({"n_group": 3, "topk_group": 2, "norm_topk_prob": False, "routed_scaling_factor": 2.5}),
    "half-split": Variant({"rope_interleave": False}),
    "no-q-lora-bias": Variant({"q_lora_rank": None, "attention_bias": True}, dtype="F16"),
    "bias": Variant({"attention_bias": True}),
    "dense-layer": Variant({"first_k_dense_replace": 1, "n_shared_experts": 2}),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "all-experts": Variant({"num_experts_per_tok": 12}),
    "each-expert": Variant({"moe_intermediate_size": 24}, form=OtherExperts(), shard=40_000),
    "one-token": Variant(length=1, prompt=1),
    "odd-sizes": Variant({
        "hidden_size": 45, "moe_intermediate_size": 13, "vocab_size": 131, "num_attention_heads": 3, "num_key_value_heads": 3,
        "q_lora_rank": 23, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11, "n_routed_experts": 15},
        dtype="F32"),
}
