"""DBRX: the norm of the weights, the clamp, where theta comes from."""
from reference.variants.table import ABSENT, COMMON, Variant, without

ATTENTION = dict(kv_n_heads=2, clip_qkv=1.5, rope_theta=500000.0)
FFN = dict(ffn_act_fn={"name": "silu"}, ffn_hidden_size=28, moe_num_experts=7, moe_top_k=3, moe_normalize_expert_weights=1.0,
           moe_jitter_eps=None, moe_loss_weight=0.01)
BASE = {key: COMMON[key] for key in ("vocab_size", "tie_word_embeddings", "bos_token_id", "eos_token_id", "pad_token_id")} | dict(
    architectures=["DbrxForCausalLM"], model_type="dbrx", d_model=48, n_heads=4, n_layers=2, max_seq_len=256, attn_config=ATTENTION,
    ffn_config=FFN)

VARIANTS = {
    "as-published": Variant({
        "attn_config": {"clip_qkv": 8, "kv_n_heads": 2, "model_type": "", "rope_theta": 500000},
        "ffn_config": FFN | {"moe_normalize_expert_weights": 1, "moe_jitter_eps": 0.01, "model_type": "", "ffn_hidden_size": 40},
        "emb_pdrop": 0.0, "resid_pdrop": 0.0, "output_router_logits": False, "router_aux_loss_coef": 0.05,
        "initializer_range": 0.02}, shard=50_000),
    "defaults": Variant({"attn_config": {"kv_n_heads": 2, "rope_theta": 10000.0},
                         "ffn_config": {"ffn_hidden_size": 28, "moe_num_experts": 7, "moe_top_k": 3}} | without("tie_word_embeddings"),
                        embedding=0.05),
    "norm-2": Variant({"ffn_config": FFN | {"moe_normalize_expert_weights": 2.0}}),
    "norm-3": Variant({"ffn_config": FFN | {"moe_normalize_expert_weights": 3}}),
    "not-normalised": Variant({"ffn_config": FFN | {"moe_normalize_expert_weights": None}}),
    "no-clamp": Variant({"attn_config": ATTENTION | {"clip_qkv": None}}),
    "tight-clamp": Variant({"attn_config": ATTENTION | {"clip_qkv": 0.4}}),
    "theta-of-attention-wins": Variant({"rope_theta": 10000.0, "attn_config": ATTENTION | {"rope_theta": 1000.0}}),
    "one-kv-head": Variant({"attn_config": ATTENTION | {"kv_n_heads": 1}}, dtype="F16"),
    "no-gqa": Variant({"attn_config": ATTENTION | {"kv_n_heads": 4}}),
    "gelu": Variant({"ffn_config": FFN | {"ffn_act_fn": {"name": "gelu"}}}),
    "top1": Variant({"ffn_config": FFN | {"moe_top_k": 1}}),
    "all-experts": Variant({"ffn_config": FFN | {"moe_top_k": 7, "moe_normalize_expert_weights": 2}}),
    "aliases": Variant({"d_model": ABSENT, "hidden_size": 48, "n_heads": ABSENT, "num_attention_heads": 4, "n_layers": ABSENT,
                        "num_hidden_layers": 2, "max_seq_len": ABSENT, "max_position_embeddings": 256}),
    "odd-sizes": Variant({"d_model": 42, "n_heads": 3, "vocab_size": 131, "attn_config": ATTENTION | {"kv_n_heads": 3},
                          "ffn_config": FFN | {"ffn_hidden_size": 19, "moe_num_experts": 11}}, dtype="F32"),
    "one-token": Variant(length=1, prompt=1),
}
