"""LongCat-Flash: how many zero experts there are, choices of them alone, sizes and scaling of the latent attention."""
from reference.variants.table import ABSENT, COMMON, YARN, Variant, new_style, without

BASE = COMMON | dict(
    architectures=["LongcatFlashForCausalLM"], model_type="longcat_flash", num_layers=2, num_hidden_layers=ABSENT, ffn_hidden_size=56, expert_ffn_hidden_size=20,
    n_routed_experts=8, zero_expert_num=4, moe_topk=3, routed_scaling_factor=1.5, num_key_value_heads=4, q_lora_rank=24, kv_lora_rank=16,
    qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=12, attention_bias=False, rms_norm_eps=1e-5)
EXPERT = {"gate_proj": (20, 48), "up_proj": (20, 48)}

VARIANTS = {
    "defaults": Variant(without("zero_expert_num", "routed_scaling_factor", "attention_bias", "rms_norm_eps", "rope_theta", "rope_scaling",
                                "hidden_act", "tie_word_embeddings", "num_key_value_heads"), embedding=0.05),
    "as-published": Variant({"zero_expert_type": "identity", "attention_method": "MLA", "mla_scale_q_lora": True, "mla_scale_kv_lora": True,
                             "router_bias": False, "attention_dropout": 0.0, "rope_theta": 10000000.0},
                            ignored={f"model.layers.1.mlp.experts.{e}.{name}.weight": shape for e in range(8, 12) for name, shape in EXPERT.items()}
                            | {"model.mtp.norm.weight": (48,)}, shard=80_000),
    "no-zero-experts": Variant({"zero_expert_num": 0}),
    "mostly-zero-experts": Variant({"n_routed_experts": 2, "zero_expert_num": 10}),
    "more-slots-than-experts": Variant({"n_routed_experts": 2, "zero_expert_num": 6, "moe_topk": 4}),
    "every-expert": Variant({"moe_topk": 12}),
    "one-layer": Variant({"num_layers": 1}),
    "three-layers": Variant({"num_layers": 3}, embedding=0.1),
    "ranks-above-hidden": Variant({"q_lora_rank": 60, "kv_lora_rank": 52}),
    "bias": Variant({"attention_bias": True}),
    "yarn": Variant({"rope_scaling": YARN | {"mscale": 0.8, "mscale_all_dim": 1.1}}),
    "new-style": Variant(new_style(500000.0, rope_type="default")),
    "tied": Variant({"tie_word_embeddings": True}),
    "factor": Variant({"routed_scaling_factor": 6.0}, dtype="F16"),
    "one-token": Variant(length=1, prompt=1),
    "odd-sizes": Variant({
        "hidden_size": 45, "expert_ffn_hidden_size": 13, "ffn_hidden_size": 37, "vocab_size": 131, "num_attention_heads": 3,
        "num_key_value_heads": 3, "q_lora_rank": 23, "kv_lora_rank": 13, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 11,
        "n_routed_experts": 7, "zero_expert_num": 3}, dtype="F32"),
}
