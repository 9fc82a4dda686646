"""Cohere2-MoE: both selections, both combinations with the shared expert, both norms, dense prefixes."""
from functools import partial

from reference.variants import table
from reference.variants.table import COMMON, YARN, OtherExperts, kinds, mlps, new_style, without

Variant = partial(table.Variant, embedding=0.25)              # the head is tied: a token's own embedding must not win every time
BASE = COMMON | dict(
    architectures=["Cohere2MoeForCausalLM"], model_type="cohere2_moe", intermediate_size=24, num_experts=8, num_experts_per_tok=3,
    num_shared_experts=1, shared_expert_combination_strategy="average", expert_selection_fn="softmax", norm_topk_prob=True,
    num_hidden_layers=2, layer_types=kinds("sf"), mlp_layer_types=mlps("ss"), first_k_dense_replace=0,
    prefix_dense_intermediate_size=None, prefix_dense_sliding_window_pattern=1, sliding_window_pattern=4, sliding_window=9,
    logit_scale=0.25, layer_norm_eps=1e-5, rms_norm_eps=None, head_dim=16, attention_bias=False, tie_word_embeddings=True)
COMPUTED = without("layer_types", "mlp_layer_types")

VARIANTS = {
    "defaults": Variant(COMPUTED | {"num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 5} | without(
        "num_shared_experts", "shared_expert_combination_strategy", "expert_selection_fn", "norm_topk_prob", "first_k_dense_replace",
        "prefix_dense_intermediate_size", "prefix_dense_sliding_window_pattern", "sliding_window_pattern", "sliding_window", "logit_scale",
        "layer_norm_eps", "rms_norm_eps", "head_dim", "attention_bias", "rope_theta", "rope_scaling", "hidden_act",
        "tie_word_embeddings")),
    "softmax-ignores-norm": Variant({"norm_topk_prob": False}),
    "sigmoid": Variant({"expert_selection_fn": "sigmoid"}),
    "sigmoid-not-normalised": Variant({"expert_selection_fn": "sigmoid", "norm_topk_prob": False, "num_experts_per_tok": 2}),
    "rms-norm": Variant({"rms_norm_eps": 1e-6}),
    "epsilon": Variant({"layer_norm_eps": 0.05}),
    "sum": Variant({"shared_expert_combination_strategy": "sum"}),
    "two-shared": Variant({"num_shared_experts": 2}),
    "no-shared": Variant({"num_shared_experts": 0}),
    "dense-prefix": Variant(COMPUTED | {"first_k_dense_replace": 1, "prefix_dense_intermediate_size": 40, "num_hidden_layers": 6,
                                        "sliding_window": 5}),
    "dense-prefix-with-windows": Variant(COMPUTED | {"first_k_dense_replace": 2, "prefix_dense_sliding_window_pattern": 2,
                                                     "num_hidden_layers": 5, "sliding_window_pattern": 2, "sliding_window": 4}),
    "listed-with-prefix": Variant({"first_k_dense_replace": 1, "num_hidden_layers": 3, "layer_types": kinds("ffs"),
                                   "mlp_layer_types": mlps("dss")}),
    "bias-untied": Variant({"attention_bias": True, "tie_word_embeddings": False}, dtype="F16"),
    "all-full": Variant({"layer_types": kinds("ff")}),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(50000.0, rope_type="default")),
    "top1-untied": Variant({"num_experts_per_tok": 1, "tie_word_embeddings": False}),
    "all-experts": Variant({"num_experts_per_tok": 8, "expert_selection_fn": "sigmoid"}),
    "fused": Variant(form=OtherExperts(), shard=40_000),
    "odd-sizes": Variant({"hidden_size": 45, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": None, "head_dim": 14, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
