"""Qwen2-MoE: which layers are dense, which have windows, the gated shared expert."""
from reference.variants.table import ABSENT, COMMON, YARN, OtherExperts, Variant, kinds, new_style, without

BASE = COMMON | dict(
    architectures=["Qwen2MoeForCausalLM"], model_type="qwen2_moe", intermediate_size=64, moe_intermediate_size=24,
    shared_expert_intermediate_size=40, num_experts=10, num_experts_per_tok=3, norm_topk_prob=False, decoder_sparse_step=1,
    mlp_only_layers=[], qkv_bias=True, use_sliding_window=False, sliding_window=None, max_window_layers=28, rms_norm_eps=1e-6)

VARIANTS = {
    "defaults": Variant(without(
        "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers", "qkv_bias", "use_sliding_window", "sliding_window", "max_window_layers",
        "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act", "tie_word_embeddings"), embedding=0.05),
    "as-published": Variant({"layer_types": kinds("ff"), "sliding_window": 32768, "max_window_layers": 21, "rope_theta": 1e6,
                             "shared_expert_intermediate_size": 96, "num_key_value_heads": 4}),
    "windows-listed": Variant({"use_sliding_window": True, "sliding_window": 5, "layer_types": kinds("fsf"), "num_hidden_layers": 3}),
    "windows-computed": Variant({"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 3, "num_hidden_layers": 5}),
    "windows-off": Variant({"sliding_window": 4, "max_window_layers": 1}),
    "no-bias": Variant({"qkv_bias": False}, dtype="F16"),
    "normalised-dense-layers": Variant({"norm_topk_prob": True, "decoder_sparse_step": 2, "mlp_only_layers": [3],
                                        "num_hidden_layers": 6}, shard=50_000),
    "first-layer-dense": Variant({"mlp_only_layers": [0], "num_hidden_layers": 3}),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(1e6, rope_type="default")),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "all-experts": Variant({"num_experts_per_tok": 10, "norm_topk_prob": True}),
    "fused": Variant({"mlp_only_layers": [1], "num_hidden_layers": 3}, form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 42, "moe_intermediate_size": 13, "shared_expert_intermediate_size": 29, "intermediate_size": 37,
                          "vocab_size": 131, "num_attention_heads": 3, "num_key_value_heads": ABSENT, "num_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
