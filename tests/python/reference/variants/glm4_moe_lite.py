"""GLM-4-MoE-Lite: which layers are dense, latent attention and router with their switches."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, mlps, new_style, prediction_heads, without

BASE = COMMON | dict(
    architectures=["Glm4MoeLiteForCausalLM"], model_type="glm4_moe_lite", intermediate_size=64, moe_intermediate_size=20,
    num_key_value_heads=4, n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=1.8, mlp_layer_types=mlps("ds"), q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=12, qk_rope_head_dim=8,
    v_head_dim=12, rope_interleave=True, attention_bias=False, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 3} | without(
        "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "n_shared_experts", "mlp_layer_types", "q_lora_rank",
        "rope_interleave", "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings"),
        embedding=0.05),
    "as-published": Variant({"rope_theta": 1000000, "partial_rotary_factor": 1.0, "topk_method": "noaux_tc",
                             "num_nextn_predict_layers": 1}, ignored=prediction_heads(2, 48, 192, 12), shard=50_000),
    "dense-in-the-middle": Variant({"mlp_layer_types": mlps("sds"), "num_hidden_layers": 3}),
    "all-sparse": Variant({"mlp_layer_types": mlps("ss"), "n_shared_experts": 2}),
    "rope-size-as-head-dim": Variant({"qk_rope_head_dim": ABSENT, "head_dim": 10}),
    "groups": Variant({"n_group": 4, "topk_group": 2}),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": 1.0}),
    "half-split": Variant({"rope_interleave": False}),
    "no-q-lora-bias": Variant({"q_lora_rank": None, "attention_bias": True}, dtype="F16"),
    "bias": Variant({"attention_bias": True}),
    "yarn": Variant({"rope_scaling": YARN | {"mscale": 0.8, "mscale_all_dim": 1.1}}),
    "new-style": Variant(new_style(500000.0, rope_type="default")),
    "tied-alias": Variant({"tie_word_embeddings": True, "n_routed_experts": ABSENT, "num_local_experts": 12}),
    "all-experts": Variant({"num_experts_per_tok": 12}),
    "fused": Variant(form=OtherExperts()),
    "fp8": Variant({"rope_interleave": False}, form=Fp8((20, 40)), new=8),
    "one-token": Variant(length=1, prompt=1),
    "odd-sizes": Variant({
        "hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 3, "q_lora_rank": 23, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11,
        "n_routed_experts": 15}, dtype="F32"),
}
