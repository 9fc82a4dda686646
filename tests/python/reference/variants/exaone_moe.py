"""EXAONE-MoE: layers with windows and positions, layers without, dense layers, groups."""
from reference.variants.table import COMMON, YARN, Fp8, OtherExperts, Variant, kinds, mlps, new_style, prediction_heads, without

BASE = COMMON | dict(
    architectures=["ExaoneMoeForCausalLM"], model_type="exaone_moe", intermediate_size=64, moe_intermediate_size=20, num_experts=12,
    num_experts_per_tok=3, num_shared_experts=1, num_hidden_layers=3, first_k_dense_replace=1, mlp_layer_types=mlps("dss"),
    layer_types=kinds("sfs"), sliding_window=9, sliding_window_pattern=4, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=2.5, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 5} | without(
        "num_shared_experts", "first_k_dense_replace", "mlp_layer_types", "layer_types", "sliding_window_pattern", "n_group", "topk_group",
        "norm_topk_prob", "routed_scaling_factor", "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act", "tie_word_embeddings"),
        embedding=0.05),
    "as-published": Variant({"layer_types": kinds("sssf"), "mlp_layer_types": mlps("dsss"), "num_hidden_layers": 4, "rope_theta": 1000000,
                             "head_dim": 16, "scoring_func": "sigmoid", "num_nextn_predict_layers": 1},
                            ignored=prediction_heads(4, 48, 192, 12), shard=60_000),
    "no-window": Variant({"sliding_window": None}),
    "window-of-three": Variant({"sliding_window": 3}),
    "all-full": Variant({"layer_types": kinds("fff")}),
    "types-by-pattern": Variant({"layer_types": None, "sliding_window_pattern": 2, "sliding_window": 4}),
    "dense-by-number": Variant({"first_k_dense_replace": 2} | without("mlp_layer_types")),
    "dense-at-the-end": Variant({"mlp_layer_types": mlps("ssd")}),
    "groups": Variant({"n_group": 4, "topk_group": 2}),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": 1.0}),
    "negative-bias": Variant({"num_experts_per_tok": 5}, correction=-0.9),
    "two-shared-head-dim": Variant({"num_shared_experts": 2, "head_dim": 18, "num_key_value_heads": 1}, dtype="F16"),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(50000.0, rope_type="default")),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "all-experts": Variant({"num_experts_per_tok": 12}),
    "fused": Variant(form=OtherExperts()),
    "fp8": Variant(form=Fp8((16, 16)), new=8),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": 3, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
