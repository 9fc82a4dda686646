"""DeepSeek-V2: groups by their best expert or none, latent attention with and without its switches, YaRN with mscale."""
from reference.variants.table import COMMON, YARN, Fp8, OtherExperts, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["DeepseekV2ForCausalLM"], model_type="deepseek_v2", intermediate_size=64, moe_intermediate_size=20,
    num_key_value_heads=4, n_routed_experts=12, num_experts_per_tok=3, n_shared_experts=2, first_k_dense_replace=1,
    topk_method="group_limited_greedy", n_group=4, topk_group=2, norm_topk_prob=False, scoring_func="softmax", routed_scaling_factor=1.6,
    q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=12, attention_bias=False, mlp_bias=False,
    rms_norm_eps=1e-6)
PUBLISHED_YARN = YARN | {"factor": 40, "mscale": 0.707, "mscale_all_dim": 0.707}

VARIANTS = {
    "defaults": Variant(without(
        "n_shared_experts", "first_k_dense_replace", "routed_scaling_factor", "attention_bias", "mlp_bias", "norm_topk_prob",
        "scoring_func", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({
        "n_routed_experts": 24, "n_group": 8, "topk_group": 3, "num_experts_per_tok": 6, "routed_scaling_factor": 16.0,
        "rope_scaling": PUBLISHED_YARN, "moe_layer_freq": 1, "ep_size": 1, "seq_aux": True, "aux_loss_alpha": 0.001}, shard=50_000),
    "lite-as-published": Variant({
        "topk_method": "greedy", "n_group": 1, "topk_group": 1, "q_lora_rank": None, "routed_scaling_factor": 1.0,
        "num_experts_per_tok": 4, "rope_scaling": PUBLISHED_YARN}),
    "greedy-ignores-groups": Variant({"topk_method": "greedy", "n_group": 4, "topk_group": 1}),
    "one-group": Variant({"n_group": 1, "topk_group": 1}),
    "one-group-kept": Variant({"n_group": 3, "topk_group": 1, "num_experts_per_tok": 4}),
    "all-groups-kept": Variant({"topk_group": 4, "num_experts_per_tok": 12}),
    "norm-not-read": Variant({"norm_topk_prob": True}),
    "biases": Variant({"attention_bias": True, "mlp_bias": True, "num_hidden_layers": 3}, dtype="F16"),
    "no-q-lora-biases": Variant({"q_lora_rank": None, "attention_bias": True, "mlp_bias": True, "first_k_dense_replace": 0}),
    "yarn-unequal-mscales": Variant({"rope_scaling": YARN | {"mscale": 1.0, "mscale_all_dim": 0.5}}),
    "linear-new-style": Variant(new_style(20000.0, rope_type="linear", factor=2.0)),
    "tied-one-shared": Variant({"tie_word_embeddings": True, "n_shared_experts": 1, "first_k_dense_replace": 0}),
    "fused": Variant({"moe_intermediate_size": 24}, form=OtherExperts()),
    "fp8": Variant({"q_lora_rank": None}, form=Fp8((32, 16)), new=8),
    "one-token": Variant(length=1, prompt=1),
    "odd-sizes": Variant({
        "hidden_size": 72, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 3, "q_lora_rank": 23, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11,
        "n_routed_experts": 15, "n_group": 5, "topk_group": 3}, dtype="F32"),
}
