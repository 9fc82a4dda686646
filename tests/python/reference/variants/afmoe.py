"""AFMoE: layer types listed and computed, muP, dense layers, biases."""
from reference.variants.table import COMMON, YARN, OtherExperts, Variant, kinds, new_style, without

BASE = COMMON | dict(
    architectures=["AfmoeForCausalLM"], model_type="afmoe", intermediate_size=64, moe_intermediate_size=20, num_experts=10,
    num_experts_per_tok=3, num_shared_experts=1, num_dense_layers=1, num_hidden_layers=3, head_dim=16, layer_types=kinds("sfs"),
    global_attn_every_n_layers=2, sliding_window=9, route_scale=1.7, mup_enabled=True, attention_bias=False, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 5} | without(
        "num_shared_experts", "num_dense_layers", "head_dim", "layer_types", "global_attn_every_n_layers", "sliding_window", "route_scale",
        "mup_enabled", "attention_bias", "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act", "tie_word_embeddings"),
        embedding=0.05),
    "as-published": Variant({
        "num_dense_layers": 2, "num_hidden_layers": 5, "layer_types": kinds("sssfs"), "global_attn_every_n_layers": 4,
        "route_scale": 2.826, "route_norm": True, "score_func": "sigmoid", "n_group": 1, "topk_group": 1, "num_expert_groups": 1,
        "num_limited_groups": 1, "load_balance_coeff": 0.001, "use_grouped_mm": True}, embedding=0.1, shard=60_000),
    "types-computed": Variant({"sliding_window": 4, "num_hidden_layers": 4} | without("layer_types")),
    "no-mup": Variant({"mup_enabled": False}),
    "all-full": Variant({"layer_types": kinds("fff")}),
    "all-windows": Variant({"layer_types": kinds("sss"), "sliding_window": 2}),
    "no-dense-layer": Variant({"num_dense_layers": 0, "num_hidden_layers": 2, "layer_types": kinds("sf")}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "two-shared": Variant({"num_shared_experts": 2, "num_key_value_heads": 4}),
    "negative-bias": Variant({"num_experts_per_tok": 5, "route_scale": 1}, correction=-0.9),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(50000.0, rope_type="default")),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1, "mup_enabled": False}),
    "all-experts": Variant({"num_experts_per_tok": 10}),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": None, "head_dim": 14, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
