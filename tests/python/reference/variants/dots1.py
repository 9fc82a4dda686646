"""dots.llm1: windows listed and computed, the router's switches on grouped-query attention."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, kinds, new_style, without

BASE = COMMON | new_style(10000.0, rope_type="default") | dict(
    architectures=["Dots1ForCausalLM"], model_type="dots1", intermediate_size=64, moe_intermediate_size=20, head_dim=12,
    n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=2, first_k_dense_replace=1, n_group=1, topk_group=1, norm_topk_prob=True,
    routed_scaling_factor=2.5, attention_bias=False, sliding_window=10, max_window_layers=62, layer_types=kinds("sf"), rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant(without(
        "first_k_dense_replace", "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "attention_bias", "head_dim",
        "sliding_window", "max_window_layers", "layer_types", "rms_norm_eps", "rope_parameters", "hidden_act", "tie_word_embeddings"),
        embedding=0.05),
    "as-published": Variant({"rope_parameters": ABSENT, "rope_theta": 10000000, "rope_scaling": None, "sliding_window": None,
                             "scoring_func": "noaux_tc", "max_position_embeddings": 32768} | without("layer_types")),
    "windows-listed": Variant({"sliding_window": 4, "layer_types": kinds("fssf"), "num_hidden_layers": 4}),
    "windows-computed": Variant({"sliding_window": 5, "max_window_layers": 2, "layer_types": ABSENT, "num_hidden_layers": 4}),
    "windows-none": Variant({"sliding_window": None, "max_window_layers": 0, "layer_types": ABSENT}),
    "groups": Variant({"n_group": 4, "topk_group": 2}),
    "groups-not-normalised": Variant({"n_group": 3, "topk_group": 2, "norm_topk_prob": False, "routed_scaling_factor": 1.0}),
    "negative-bias": Variant({"num_experts_per_tok": 5, "n_group": 2, "topk_group": 1}, correction=-0.9),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "yarn": Variant({"rope_parameters": ABSENT, "rope_theta": 10000.0, "rope_scaling": YARN}),
    "alias-all-experts": Variant({"n_routed_experts": ABSENT, "num_local_experts": 6, "num_experts_per_tok": 6}),
    "fused": Variant({"n_shared_experts": 1}, form=OtherExperts(), shard=40_000),
    "fp8": Variant({"layer_types": kinds("fs")}, form=Fp8((16, 32), scales="BF16"), new=8),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 14, "n_routed_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
