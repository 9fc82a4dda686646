"""Mixtral: windows, every kind of positions, aliases of keys, sizes."""
from reference.variants.table import ABSENT, COMMON, LLAMA3, YARN, OtherExperts, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["MixtralForCausalLM"], model_type="mixtral", intermediate_size=32, num_local_experts=6, num_experts_per_tok=2,
    rms_norm_eps=1e-5, rope_theta=1e6, sliding_window=None, head_dim=None)

VARIANTS = {
    # What a config leaves out is the family's default, not the value that the other families have.
    "defaults": Variant(without(
        "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act", "head_dim", "sliding_window", "tie_word_embeddings"), embedding=0.05),
    "window": Variant({"sliding_window": 7}),
    "window-one": Variant({"sliding_window": 1}),
    "head-dim": Variant({"head_dim": 20, "num_key_value_heads": 1}, shard=30_000),
    "tied-top1": Variant({"tie_word_embeddings": True, "num_experts_per_tok": 1}),
    "f16-top3": Variant({"num_experts_per_tok": 3}, dtype="F16"),
    "f32-no-gqa": Variant({"num_key_value_heads": None}, dtype="F32"),
    "all-experts": Variant({"num_local_experts": ABSENT, "num_experts": 5, "num_experts_per_tok": 5}),
    "fused": Variant({"sliding_window": 9}, form=OtherExperts()),
    "llama3": Variant(new_style(10000.0, **LLAMA3)),
    "linear": Variant({"rope_scaling": {"type": "linear", "factor": 3.0}}),
    "dynamic": Variant({"rope_theta": 10000.0, "max_position_embeddings": 24,
                        "rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}),
    "yarn": Variant({"rope_scaling": YARN}, new=8),
    "scaling-wins": Variant({"rope_scaling": {"rope_type": "linear", "factor": 2.5},
                             "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}}),
    "empty-scaling": Variant(new_style(10000.0, rope_type="linear", factor=2.5) | {"rope_scaling": {}}),
    "long-prompt": Variant({"sliding_window": 70}, length=200, prompt=90, new=8),
    "tiny": Variant({"hidden_size": 7, "intermediate_size": 3, "vocab_size": 17, "num_attention_heads": 3, "num_key_value_heads": 1,
                     "head_dim": 2, "num_local_experts": 2, "num_experts_per_tok": 1}),
    "odd-sizes": Variant({"hidden_size": 72, "intermediate_size": 20, "vocab_size": 131, "num_attention_heads": 6,
                          "num_key_value_heads": 3, "head_dim": 10, "num_local_experts": 7}),
}
