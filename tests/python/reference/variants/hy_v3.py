"""HY V3: dense layers, biases, scaling, shared experts."""
from reference.variants.table import ABSENT, COMMON, YARN, OtherExperts, Variant, mlps, new_style, prediction_heads, without

BASE = COMMON | dict(
    architectures=["HYV3ForCausalLM"], model_type="hy_v3", intermediate_size=64, moe_intermediate_size=20, num_experts=10,
    num_experts_per_tok=3, num_shared_experts=1, mlp_layer_types=mlps("ds"), head_dim=16, router_scaling_factor=2.826,
    attention_bias=False, enable_moe_fp32_combine=True, rope_theta=11158840.0, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 3} | without(
        "num_shared_experts", "mlp_layer_types", "head_dim", "router_scaling_factor", "attention_bias", "enable_moe_fp32_combine",
        "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "prediction-heads": Variant({"num_nextn_predict_layers": 1, "enable_moe_fp32_combine": False},
                                ignored=prediction_heads(2, 48, 192, 10), shard=50_000),
    "all-sparse": Variant({"mlp_layer_types": mlps("ss"), "num_shared_experts": 2}),
    "dense-in-the-middle": Variant({"mlp_layer_types": mlps("sds"), "num_hidden_layers": 3}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "factor-one": Variant({"router_scaling_factor": 1}),
    "negative-bias": Variant({"num_experts_per_tok": 5}, correction=-0.9),
    "yarn": Variant({"rope_theta": 10000.0, "rope_scaling": YARN}),
    "dynamic": Variant({"rope_theta": 10000.0, "max_position_embeddings": 24, "rope_scaling": {"type": "dynamic", "factor": 2.0}}),
    "new-style": Variant(new_style(50000.0, rope_type="default")),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "alias-all-experts": Variant({"num_experts": ABSENT, "num_local_experts": 6, "num_experts_per_tok": 6}),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": None, "head_dim": 14, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
