"""Solar Open: the router's switches where every layer is sparse."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["SolarOpenForCausalLM"], model_type="solar_open", intermediate_size=64, moe_intermediate_size=20, head_dim=16,
    n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=1.8, attention_bias=False, rope_theta=1e6, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1} | without(
        "head_dim", "n_shared_experts", "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "attention_bias", "rope_theta",
        "rope_scaling", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "yarn-as-published": Variant({"first_k_dense_replace": 0, "partial_rotary_factor": 1.0, "routed_scaling_factor": 1.0,
                                  "rope_scaling": YARN | {"factor": 2.0}}, shard=50_000),
    "groups": Variant({"n_group": 4, "topk_group": 2, "num_experts_per_tok": 4}),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": 1.0}),
    "negative-bias": Variant({"num_experts_per_tok": 5}, correction=-0.9),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "two-shared": Variant({"n_shared_experts": 2, "num_key_value_heads": 1}),
    "new-style": Variant(new_style(50000.0, rope_type="default")),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "alias-all-experts": Variant({"n_routed_experts": ABSENT, "num_local_experts": 6, "num_experts_per_tok": 6}),
    "fused": Variant({"moe_intermediate_size": 17}, form=OtherExperts()),
    "fp8": Variant(form=Fp8((64, 16)), new=8),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": None, "head_dim": 14, "n_routed_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
