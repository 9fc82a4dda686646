"""DeepSeek-V4: streams, windows, rates and indexers of other sizes, every way to list layers and positions, three ways to name the tensors."""
from reference.storage import OtherNames
from reference.variants.table import ABSENT, COMMON, YARN, Variant, new_style, without

SLIDING, CSA, HCA = "sliding_attention", "compressed_sparse_attention", "heavily_compressed_attention"

BASE = COMMON | dict(
    architectures=["DeepseekV4ForCausalLM"], model_type="deepseek_v4", num_hidden_layers=4, layer_types=[SLIDING, HCA, CSA, HCA], compress_rates={CSA: 4, HCA: 8},
    num_key_value_heads=1, head_dim=24, q_lora_rank=20, o_groups=2, o_lora_rank=12, sliding_window=7, index_n_heads=8, index_head_dim=12, index_topk=3,
    hc_mult=2, hc_sinkhorn_iters=4, hc_eps=1e-6, mlp_layer_types=["hash_moe", "moe", "moe", "moe"], n_routed_experts=10, num_experts_per_tok=3,
    moe_intermediate_size=20, n_shared_experts=1, norm_topk_prob=True, routed_scaling_factor=1.5, scoring_func="sqrtsoftplus", swiglu_limit=2.0,
    rms_norm_eps=1e-6, compress_rope_theta=160000.0, partial_rotary_factor=0.25)

VARIANTS = {
    "defaults": Variant({"head_dim": 32, "num_hidden_layers": 5, "num_experts_per_tok": 6, "o_groups": 4} | without(
        "layer_types", "mlp_layer_types", "hc_mult", "hc_sinkhorn_iters", "hc_eps", "routed_scaling_factor", "scoring_func", "swiglu_limit", "rms_norm_eps",
        "compress_rope_theta", "partial_rotary_factor", "rope_theta", "rope_scaling", "norm_topk_prob", "n_shared_experts", "hidden_act", "tie_word_embeddings")),
    "default-rates": Variant({"compress_rates": ABSENT, "sliding_window": 128, "max_position_embeddings": 512}, length=300, prompt=140, new=8),
    "rates": Variant({"compress_rates": {CSA: 3, HCA: 5}, "mlp_bias": True, "scoring_func": "sigmoid"}),
    "named-rates": Variant({"compress_rate_csa": 2, "compress_rate_hca": 6}),
    "rate-one": Variant({"compress_rates": {CSA: 1, HCA: 1}}, new=8),
    "ratios": Variant({"layer_types": ABSENT, "compress_ratios": [0, 4, 128, 4, 0, 0]}),
    "hash-layers": Variant({"mlp_layer_types": ABSENT, "num_hash_layers": 2}),
    "no-hash-layers": Variant({"mlp_layer_types": ABSENT, "num_hash_layers": 0}),
    "windows-alone": Variant({"layer_types": [SLIDING] * 4, "sliding_window": 1}),
    "sparse-alone": Variant({"layer_types": [CSA] * 4, "index_topk": 1}),
    "one-stream": Variant({"hc_mult": 1, "hc_sinkhorn_iters": 1}),
    "many-streams": Variant({"hc_mult": 5, "hc_sinkhorn_iters": 20, "hc_eps": 1e-3}),
    "rotary-size": Variant({"partial_rotary_factor": ABSENT, "qk_rope_head_dim": 10}),
    "nested-positions": Variant({"rope_theta": ABSENT, "rope_scaling": ABSENT, "rope_parameters": {
        "main": {"rope_type": "default", "rope_theta": 5000.0, "partial_rotary_factor": 0.25},
        "compress": {"rope_type": "default", "rope_theta": 70000.0, "partial_rotary_factor": 0.25}}}),
    "nested-yarn": Variant({"rope_theta": ABSENT, "rope_scaling": ABSENT, "rope_parameters": {
        "main": {"rope_type": "default", "rope_theta": 10000.0}, "compress": YARN | {"rope_type": "yarn", "rope_theta": 160000.0}}}),
    "yarn": Variant({"rope_scaling": YARN, "compress_rates": {CSA: 4, HCA: 6}}),
    "yarn-new-style": Variant(new_style(20000.0, **YARN | {"rope_type": "yarn"})),
    "yarn-factor": Variant({"rope_scaling": YARN | {"attention_factor": 1.2}}),
    "gelu": Variant({"hidden_act": "gelu", "swiglu_limit": 0.5, "routed_scaling_factor": 2.5}),
    "one-group": Variant({"o_groups": 1, "num_attention_heads": 3}),
    "original-names": Variant(form=OtherNames("original"), ignored={"mtp.0.norm.weight": (48,)}),
    "internal-names": Variant(form=OtherNames("internal", fused=True), shard=60_000),
    "internal-names-unfused": Variant(form=OtherNames("internal"), dtype="F16"),
    "tied-aliases": Variant({"tie_word_embeddings": True, "n_routed_experts": 10, "num_local_experts": 10, "moe_intermediate_size": ABSENT, "intermediate_size": 20}),
    "one-token": Variant(length=1, prompt=1),
    "long-prompt": Variant({"index_topk": 9}, length=130, prompt=90, new=8),
    "odd-sizes": Variant({
        "hidden_size": 51, "vocab_size": 131, "num_attention_heads": 5, "head_dim": 14, "o_groups": 5, "o_lora_rank": 7, "q_lora_rank": 23,
        "index_n_heads": 3, "index_head_dim": 9, "moe_intermediate_size": 13, "partial_rotary_factor": 0.3, "hc_mult": 3}),
}
