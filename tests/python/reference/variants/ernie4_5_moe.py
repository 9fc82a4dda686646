"""ERNIE 4.5 MoE: which layers are sparse, biases, the floor of the normalisation, no shared expert."""
from functools import partial

from reference.variants import table
from reference.variants.table import ABSENT, COMMON, OtherExperts, new_style, without

Variant = partial(table.Variant, float32=("e_score_correction_bias", "mlp.gate.weight"))
BASE = COMMON | dict(
    architectures=["Ernie4_5_MoeForCausalLM"], model_type="ernie4_5_moe", intermediate_size=64, moe_intermediate_size=20,
    moe_num_experts=10, moe_k=3, moe_num_shared_experts=2, moe_layer_start_index=1, moe_layer_end_index=-1, moe_layer_interval=1,
    moe_norm_min=1e-12, use_bias=False, rope_theta=500000.0, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 3} | without(
        "moe_num_shared_experts", "moe_layer_start_index", "moe_layer_end_index", "moe_layer_interval", "moe_norm_min", "use_bias",
        "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act", "tie_word_embeddings"), embedding=0.2),
    "as-published": Variant({"moe_layer_end_index": 2, "num_hidden_layers": 3, "moe_k": 6, "moe_use_aux_free": True,
                             "moe_capacity": [64, 64, 64], "moe_gate": "topk", "tie_word_embeddings": True},
                            ignored={"model.mtp.norm.weight": (48,)}, shard=40_000),
    "biases-untied": Variant({"use_bias": True, "tie_word_embeddings": False, "num_hidden_layers": 3}),
    "biases-tied": Variant({"use_bias": True, "tie_word_embeddings": True, "moe_layer_start_index": 0}, dtype="F16"),
    "interval": Variant({"moe_layer_interval": 2, "moe_layer_start_index": 0, "num_hidden_layers": 5}),
    "start-and-end": Variant({"moe_layer_start_index": 2, "moe_layer_end_index": 3, "num_hidden_layers": 5}),
    "interval-within": Variant({"moe_layer_interval": 2, "moe_layer_start_index": 2, "moe_layer_end_index": 4, "num_hidden_layers": 6}),
    "no-shared": Variant({"moe_num_shared_experts": 0}),
    "norm-floor": Variant({"moe_norm_min": 0.6}),
    "negative-bias": Variant({"moe_k": 4}, correction=-0.8),
    "head-dim": Variant({"head_dim": 18, "num_key_value_heads": 1}),
    "alias": Variant({"moe_num_experts": ABSENT, "num_experts": 9, "moe_k": ABSENT, "num_experts_per_tok": 2}),
    "all-experts": Variant({"moe_k": 10, "moe_layer_start_index": 0}),
    "top1-bf16-router": table.Variant({"moe_k": 1}, float32=()),
    "linear-new-style": Variant(new_style(500000.0, rope_type="linear", factor=2.0)),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131,
                          "num_attention_heads": 3, "num_key_value_heads": None, "head_dim": 14, "moe_num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
