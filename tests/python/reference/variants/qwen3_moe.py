"""Qwen3-MoE: dense layers, windows, YaRN and longrope in their readings, FP8."""
from reference.variants.table import ABSENT, COMMON, YARN, Fp8, OtherExperts, Variant, longrope, new_style, without

BASE = COMMON | dict(
    architectures=["Qwen3MoeForCausalLM"], model_type="qwen3_moe", intermediate_size=64, moe_intermediate_size=24, num_experts=10,
    num_experts_per_tok=3, head_dim=16, norm_topk_prob=True, decoder_sparse_step=1, mlp_only_layers=[], attention_bias=False,
    use_sliding_window=False, sliding_window=None, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant(without(
        "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers", "attention_bias", "use_sliding_window", "sliding_window",
        "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings") | {"head_dim": None}, embedding=0.05),
    "window": Variant({"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}),
    "window-off": Variant({"use_sliding_window": False, "sliding_window": 5, "rope_scaling": {"rope_type": "default"}}),
    "bias": Variant({"attention_bias": True}, dtype="F16"),
    "dense-layers": Variant({"num_hidden_layers": 5, "decoder_sparse_step": 2, "mlp_only_layers": [3]}, shard=50_000),
    "alias-not-normalised": Variant({"norm_topk_prob": False, "num_experts": ABSENT, "num_local_experts": 9}),
    "one-kv-head": Variant({"num_key_value_heads": 1, "num_experts_per_tok": 1}),
    "tied": Variant({"tie_word_embeddings": True}, embedding=0.25, ignored={"lm_head.weight": (192, 48)}),
    "fused": Variant({"mlp_only_layers": [0]}, form=OtherExperts(), shard=60_000),
    "fp8": Variant({"rope_theta": 5e6}, form=Fp8((32, 24), kept=("self_attn.o_proj", "layers.0.mlp.experts.3.")), new=8),
    "yarn": Variant({"max_position_embeddings": 128, "rope_scaling": YARN}),
    "yarn-not-truncated": Variant({
        "rope_scaling": YARN | {"truncate": False, "original_max_position_embeddings": 128, "beta_fast": 4, "beta_slow": 0.5}}),
    "yarn-attention-factor": Variant({"rope_scaling": YARN | {"attention_factor": 0.8}}),
    "yarn-mscale": Variant({"rope_scaling": YARN | {"mscale": 1.4, "mscale_all_dim": 0.6}}),
    "yarn-factor-implied": Variant({
        "rope_scaling": {"rope_type": "yarn", "factor": None, "original_max_position_embeddings": 200},
        "original_max_position_embeddings": 40}),
    "longrope": Variant({"rope_scaling": longrope(8) | {
        "factor": 6.0, "attention_factor": None, "original_max_position_embeddings": 20}}),
    "longrope-short": Variant({"original_max_position_embeddings": 64} | new_style(10000.0, **longrope(8))),
    "longrope-attention-factor": Variant(new_style(
        5000.0, **longrope(8), original_max_position_embeddings=20, attention_factor=1.3)),
    "odd-sizes": Variant({
        "hidden_size": 45, "moe_intermediate_size": 13, "intermediate_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 1, "head_dim": 14, "num_experts": 11, "mlp_only_layers": [0], "num_hidden_layers": 3}),
}
