"""DeepSeek-V3.2: indexers that choose of few and of many keys, with every switch of the latent attention."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, mlps, new_style, prediction_heads, without

BASE = COMMON | dict(
    architectures=["DeepseekV32ForCausalLM"], model_type="deepseek_v32", intermediate_size=64, moe_intermediate_size=20,
    num_key_value_heads=4, n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, first_k_dense_replace=1, n_group=4,
    topk_group=2, norm_topk_prob=True, routed_scaling_factor=2.5, q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=12,
    qk_rope_head_dim=8, v_head_dim=12, attention_bias=False, rms_norm_eps=1e-6, index_topk=7, index_n_heads=8, index_head_dim=12)

VARIANTS = {
    "defaults": Variant({"n_routed_experts": 16, "num_hidden_layers": 4} | without(
        "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "n_shared_experts", "first_k_dense_replace",
        "attention_bias", "rms_norm_eps", "index_topk", "index_n_heads", "index_head_dim")),
    "listed": Variant({"num_hidden_layers": 3, "layer_types": ["indexed_attention"] * 3, "mlp_layer_types": mlps("sds"), "first_k_dense_replace": 3}),
    "one-key": Variant({"index_topk": 1}),
    "one-head": Variant({"index_n_heads": 1, "index_topk": 5}, new=8),
    "all-rotates": Variant({"index_head_dim": 8, "index_n_heads": 16}),
    "as-many-keys": Variant({"index_topk": 44}),
    "no-rope-interleave": Variant({"rope_interleave": False}),
    "yarn": Variant({"rope_scaling": YARN | {"mscale": 0.707, "mscale_all_dim": 1.2}}),
    "yarn-mscale-alone": Variant(new_style(10000.0, **YARN, mscale=0.5)),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "prediction-heads": Variant({"num_nextn_predict_layers": 1, "scoring_func": "sigmoid", "topk_method": "noaux_tc"},
                                ignored=prediction_heads(2, 48, 192, 12), shard=40_000),
    "tied-alias": Variant({"tie_word_embeddings": True, "n_routed_experts": ABSENT, "num_local_experts": 12}),
    "fused": Variant(form=OtherExperts()),
    "fp8": Variant(form=Fp8((16, 8)), new=8),
    "long-prompt": Variant({"index_topk": 40}, length=110, prompt=70, new=8),
    "odd-sizes": Variant({
        "hidden_size": 72, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3, "num_key_value_heads": 3, "q_lora_rank": 23,
        "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11, "n_routed_experts": 15, "n_group": 5, "topk_group": 3,
        "index_n_heads": 7, "index_head_dim": 11}),
}
