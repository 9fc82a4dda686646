"""Llama 4: chunks, layers without positions, QK norm, temperatures, dense layers, and the text model of a multimodal checkpoint."""
from reference.variants.table import ABSENT, COMMON, LLAMA3, OtherExperts, Variant, kinds, new_style, without

BASE = COMMON | dict(
    architectures=["Llama4ForCausalLM"], model_type="llama4_text", intermediate_size=20, intermediate_size_mlp=56, num_local_experts=6,
    num_experts_per_tok=1, num_hidden_layers=4, head_dim=12, moe_layers=[0, 1, 2, 3], interleave_moe_layer_step=1,
    no_rope_layers=[1, 1, 1, 0], layer_types=kinds("cccf"), attention_chunk_size=16, use_qk_norm=True, attn_temperature_tuning=True,
    floor_scale=8, attn_scale=0.1, attention_bias=False, rope_theta=500000.0, rms_norm_eps=1e-5)
TWO_LAYERS = {"num_hidden_layers": 2, "moe_layers": [0, 1], "no_rope_layers": [1, 0], "layer_types": kinds("cf")}
COMPUTED = without("moe_layers", "no_rope_layers", "layer_types")

VARIANTS = {
    "defaults": Variant({"num_attention_heads": 2, "num_key_value_heads": 1} | COMPUTED | without(
        "num_experts_per_tok", "head_dim", "interleave_moe_layer_step", "attention_chunk_size", "use_qk_norm", "attn_temperature_tuning",
        "floor_scale", "attn_scale", "attention_bias", "rope_theta", "rope_scaling", "rms_norm_eps", "hidden_act",
        "tie_word_embeddings"), embedding=0.05),
    "scout-as-published": Variant(COMPUTED | {
        "no_rope_layers": [], "rope_scaling": LLAMA3, "for_llm_compression": False, "router_aux_loss_coef": 0.001,
        "router_jitter_noise": 0.0, "output_router_logits": False}, multimodal=True, shard=60_000),
    "maverick-as-published": Variant({
        "interleave_moe_layer_step": 2, "moe_layers": ABSENT, "layer_types": ABSENT, "use_qk_norm": False, "attn_temperature_tuning": 4,
        "rope_scaling": None}, multimodal=True),
    "dense-layers-computed": Variant(COMPUTED | {"interleave_moe_layer_step": 3, "num_hidden_layers": 6}),
    "dense-layers-listed": Variant({"moe_layers": [0, 3]}),
    "top2": Variant(TWO_LAYERS | {"num_experts_per_tok": 2}),
    "all-experts": Variant(TWO_LAYERS | {"num_experts_per_tok": 6}),
    "no-qk-norm": Variant(TWO_LAYERS | {"use_qk_norm": False}, dtype="F16"),
    "no-temperatures": Variant(TWO_LAYERS | {"attn_temperature_tuning": False}),
    "steep-temperatures": Variant(TWO_LAYERS | {"floor_scale": 3, "attn_scale": 0.7}),
    "small-chunks": Variant(TWO_LAYERS | {"attention_chunk_size": 5}),
    "chunks-of-one": Variant(TWO_LAYERS | {"attention_chunk_size": 1}),
    "no-positions-every-second": Variant(COMPUTED | {"no_rope_layer_interval": 2}),
    "positions-everywhere": Variant(TWO_LAYERS | {"no_rope_layers": [1, 1], "layer_types": ABSENT}),
    "types-apart-from-positions": Variant(TWO_LAYERS | {"no_rope_layers": [0, 1], "attention_chunk_size": 6}),
    "bias": Variant(TWO_LAYERS | {"attention_bias": True}),
    "llama3-new-style": Variant(TWO_LAYERS | new_style(10000.0, **LLAMA3)),
    "tied": Variant(TWO_LAYERS | {"tie_word_embeddings": True}),
    "each-expert": Variant(TWO_LAYERS | {"intermediate_size": 24}, form=OtherExperts()),
    "each-expert-multimodal": Variant(TWO_LAYERS, form=OtherExperts(), multimodal=True, shard=50_000, new=8),
    "odd-sizes": Variant(TWO_LAYERS | {"hidden_size": 45, "intermediate_size": 19, "intermediate_size_mlp": 37, "vocab_size": 131,
                                       "num_attention_heads": 3, "num_key_value_heads": None, "head_dim": 14, "num_local_experts": 7,
                                       "moe_layers": [1]}, dtype="F32"),
    "one-token": Variant(TWO_LAYERS, length=1, prompt=1),
}
