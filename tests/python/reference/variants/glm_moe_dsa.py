"""GLM-5: indexers of their own and shared ones, by list, pattern and frequency."""
from reference.variants.deepseek_v32 import BASE as V32
from reference.variants.table import YARN, Variant, mlps, without

BASE = V32 | dict(architectures=["GlmMoeDsaForCausalLM"], model_type="glm_moe_dsa", n_group=1, topk_group=1, num_hidden_layers=3)

VARIANTS = {
    "defaults": Variant({"num_hidden_layers": 4} | without(
        "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor", "first_k_dense_replace", "rms_norm_eps", "index_topk", "index_n_heads", "index_head_dim")),
    "shared": Variant({"indexer_types": ["full", "shared", "full"]}),
    "shared-twice": Variant({"num_hidden_layers": 4, "indexer_types": ["full", "shared", "shared", "full"], "mlp_layer_types": mlps("dsds")}),
    "pattern": Variant({"index_topk_pattern": "FSS"}),
    "pattern-listed": Variant({"index_topk_pattern": ["F", "F", "S"]}),
    "list-before-pattern": Variant({"indexer_types": ["full", "full", "shared"], "index_topk_pattern": "FSF"}),
    "every-second": Variant({"num_hidden_layers": 5, "index_topk_freq": 2}),
    "every-third-from-the-first": Variant({"num_hidden_layers": 5, "index_topk_freq": 3, "index_skip_topk_offset": 1}),
    "frequency-zero": Variant({"index_topk_freq": 0}),
    "groups-yarn": Variant({"n_group": 4, "topk_group": 2, "rope_scaling": YARN | {"mscale_all_dim": 1.0}, "attention_bias": True}),
    "long-prompt": Variant({"index_topk": 40, "indexer_types": ["full", "shared", "shared"]}, length=110, prompt=70, new=8),
}
