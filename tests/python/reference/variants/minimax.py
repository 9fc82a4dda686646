"""MiniMax-Text-01: which layers are lightning, the factors around mixer and MLP, the decay of heads that are no power of two."""
from reference.variants.table import COMMON, Variant, YARN, OtherExperts, kinds, new_style, without

BASE = COMMON | dict(
    architectures=["MiniMaxForCausalLM"], model_type="minimax", intermediate_size=40, num_local_experts=7, num_experts_per_tok=2, head_dim=12,
    block_size=8, layer_types=kinds("lf"), full_attn_alpha_factor=1, full_attn_beta_factor=1, linear_attn_alpha_factor=1, linear_attn_beta_factor=1,
    mlp_alpha_factor=1, mlp_beta_factor=1, sliding_window=None, rope_theta=1e6, rms_norm_eps=1e-5)

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 4} | without(
        "head_dim", "block_size", "layer_types", "full_attn_alpha_factor", "full_attn_beta_factor", "linear_attn_alpha_factor",
        "linear_attn_beta_factor", "mlp_alpha_factor", "mlp_beta_factor", "sliding_window", "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act",
        "tie_word_embeddings"), embedding=0.05),
    "factors": Variant({"full_attn_alpha_factor": 1.5, "full_attn_beta_factor": 0.7, "linear_attn_alpha_factor": 0.5, "linear_attn_beta_factor": 2.0,
                        "mlp_alpha_factor": 3.5, "mlp_beta_factor": 0.8, "num_hidden_layers": 4, "layer_types": kinds("llfl")}),
    "all-lightning": Variant({"layer_types": kinds("lll"), "num_hidden_layers": 3}, shard=40_000),
    "one-layer": Variant({"layer_types": kinds("l"), "num_hidden_layers": 1}),
    "three-heads": Variant({"num_attention_heads": 3, "num_key_value_heads": 3, "head_dim": 20}, dtype="F16"),
    "large-heads": Variant({"head_dim": 72}),
    "windows": Variant({"sliding_window": 5, "layer_types": kinds("flf"), "num_hidden_layers": 3}),
    "yarn": Variant({"rope_scaling": YARN}),
    "new-style": Variant(new_style(1e5, rope_type="default")),
    "gelu": Variant({"hidden_act": "gelu"}),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}, embedding=0.25),
    "alias-all-experts": Variant({"num_local_experts": 6, "num_experts_per_tok": 6}),
    "epsilon": Variant({"rms_norm_eps": 0.05}),
    "fused": Variant(form=OtherExperts()),
    "odd-sizes": Variant({"hidden_size": 45, "intermediate_size": 19, "vocab_size": 131, "num_attention_heads": 3, "num_key_value_heads": 1,
                          "head_dim": 14, "num_local_experts": 11}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant(length=150, prompt=70, new=8),
}
