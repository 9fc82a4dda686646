"""DeepSeek-V3: groups, latent attention with and without its switches, FP8 in tiles of several sizes."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, new_style, prediction_heads, without

BASE = COMMON | dict(
    architectures=["DeepseekV3ForCausalLM"], model_type="deepseek_v3", intermediate_size=64, moe_intermediate_size=20,
    num_key_value_heads=4, n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=1, first_k_dense_replace=1, n_group=4,
    topk_group=2, norm_topk_prob=True, routed_scaling_factor=2.5, q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=12,
    qk_rope_head_dim=8, v_head_dim=12, rope_interleave=True, attention_bias=False, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant({"n_routed_experts": 16, "num_experts_per_tok": 5, "num_hidden_layers": 4} | without(
        "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "n_shared_experts", "first_k_dense_replace", "rope_interleave",
        "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({
        "scoring_func": "sigmoid", "topk_method": "noaux_tc", "moe_layer_freq": 1, "ep_size": 1, "seq_aux": True, "aux_loss_alpha": 0.001,
        "num_nextn_predict_layers": 1, "rope_theta": 10000, "auto_map": {"AutoConfig": "configuration_deepseek.DeepseekV3Config"},
        "rope_scaling": YARN | {"factor": 40, "mscale": 1.0, "mscale_all_dim": 1.0}} | without("rope_interleave"),
        ignored=prediction_heads(2, 48, 192, 12), shard=40_000),
    "no-q-lora": Variant({"q_lora_rank": None}),
    "no-q-lora-bias": Variant({"q_lora_rank": None, "attention_bias": True}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "half-split": Variant({"rope_interleave": False}),
    "yarn": Variant({"rope_scaling": YARN | {"mscale": 0.707, "mscale_all_dim": 1.2}}),
    "yarn-all-dim-alone": Variant({"rope_interleave": False, "rope_scaling": YARN | {"mscale_all_dim": 0.8}}),
    "yarn-mscale-alone": Variant(new_style(10000.0, **YARN, mscale=0.5)),
    "yarn-all-dim-zero": Variant({"rope_scaling": YARN | {"mscale": 1.0, "mscale_all_dim": 0.0}}),
    "linear": Variant({"rope_scaling": {"rope_type": "linear", "factor": 2.0, "mscale_all_dim": 1.0}}),
    "dynamic": Variant({"max_position_embeddings": 24, "rope_scaling": {"type": "dynamic", "factor": 3.0}}),
    "not-normalised": Variant({"norm_topk_prob": False, "routed_scaling_factor": 1}),
    "one-group": Variant({"n_group": 1, "topk_group": 1, "routed_scaling_factor": 2.827}),
    "one-group-kept": Variant({"n_group": 2, "topk_group": 1, "num_experts_per_tok": 5}),
    "negative-bias": Variant({"num_experts_per_tok": 5}, correction=-0.9),
    "all-experts": Variant({"topk_group": 4, "num_experts_per_tok": 12}),
    "two-shared": Variant({"n_shared_experts": 2, "first_k_dense_replace": 0}),
    "two-dense": Variant({"first_k_dense_replace": 2, "num_hidden_layers": 3}),
    "epsilon": Variant({"rms_norm_eps": 0.05}),
    "tied-alias": Variant({"tie_word_embeddings": True, "n_routed_experts": ABSENT, "num_local_experts": 12}),
    "fused": Variant({"moe_intermediate_size": 24}, form=OtherExperts()),
    "fp8-small-tiles": Variant(form=Fp8((16, 8)), new=8),
    "fp8-partial-tiles": Variant({"num_hidden_layers": 3}, form=Fp8((23, 37), scales="BF16"), shard=20_000, new=8),
    "fp8-one-tile": Variant({"q_lora_rank": None, "attention_bias": True}, form=Fp8((128, 128)), dtype="F16", new=8),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
    "odd-sizes": Variant({
        "hidden_size": 72, "moe_intermediate_size": 20, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 3, "q_lora_rank": 23, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11,
        "n_routed_experts": 15, "n_group": 5, "topk_group": 3}),
}
