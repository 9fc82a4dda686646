"""DeepSeek-V3: latent attention, sigmoid scores whose bias only selects, the best groups of experts."""
from reference.deepseek import DeepseekExperts
from reference.mla import Mla


class DeepseekV3(DeepseekExperts, Mla):
    defaults = dict(n_group=8, topk_group=4, routed_scaling_factor=2.5, first_k_dense_replace=3)
