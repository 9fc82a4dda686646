"""Hunyuan V1 MoE: positions with and without alpha, one k or one for each layer."""
from functools import partial

from reference.variants import table
from reference.variants.table import ABSENT, COMMON, OtherExperts, new_style, without

Variant = partial(table.Variant, float32=("gate.wg",))
BASE = COMMON | dict(
    architectures=["HunYuanMoEV1ForCausalLM"], model_type="hunyuan_v1_moe", intermediate_size=28, num_experts=8, moe_topk=3, head_dim=16,
    attention_bias=False, rope_scaling={"type": "dynamic", "alpha": 1000.0, "factor": 1.0}, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant(without("head_dim", "attention_bias", "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act",
                                "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({
        "moe_topk": [3, 3, 3], "num_hidden_layers": 3, "tie_word_embeddings": True, "moe_intermediate_size": [28, 28, 28],
        "num_shared_expert": [1, 1, 1], "use_qk_norm": True, "use_mixed_mlp_moe": True, "moe_layer_num_skipped": 0, "norm_type": "rms",
        "mlp_bias": False, "attention_head_dim": 16, "use_cla": False, "position_embedding_xdim": 64, "moe_drop_tokens": False,
        "rope_scaling": {"type": "dynamic", "alpha": 1000.0, "factor": 1.0, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0,
                         "mscale_all_dim": 1.0}}, shard=40_000),
    "k-for-each-layer": Variant({"moe_topk": [1, 4, 2], "num_hidden_layers": 3}),
    "alpha-new-style": Variant(new_style(10000.0, rope_type="dynamic", alpha=50.0, factor=4.0) | {"max_position_embeddings": 24}),
    "no-alpha": Variant({"max_position_embeddings": 24, "rope_scaling": {"type": "dynamic", "factor": 2.0}}),
    "alpha-zero": Variant({"max_position_embeddings": 24, "rope_scaling": {"type": "dynamic", "alpha": 0.0, "factor": 3.0}}),
    "plain-positions": Variant({"rope_scaling": None, "rope_theta": 500000.0}),
    "head-size-null": Variant({"head_dim": None, "num_key_value_heads": 1}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "tied-top1": Variant({"tie_word_embeddings": True, "moe_topk": 1}),
    "all-experts": Variant({"moe_topk": 8, "num_key_value_heads": None}),
    "alias": Variant({"num_experts": ABSENT, "num_local_experts": 9, "moe_topk": ABSENT, "num_experts_per_tok": 4}),
    "fused": Variant({"moe_topk": [2, 3]}, form=OtherExperts()),
    "bf16-router": table.Variant(float32=()),
    "odd-sizes": Variant({"hidden_size": 45, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3,
                          "num_key_value_heads": 1, "head_dim": 14, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
