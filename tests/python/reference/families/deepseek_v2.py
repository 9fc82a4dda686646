"""DeepSeek-V2: latent attention, softmax scores, the best groups by their best expert; weights are scaled, never renormalised."""
from reference.deepseek import DeepseekExperts
from reference.mla import Mla
from reference.numerics import softmax
from reference.routers import decide, limit_groups


class DeepseekV2(DeepseekExperts, Mla):
    defaults = dict(n_shared_experts=2, mlp_bias=False, topk_method="greedy")
    correction = None

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.mlp_bias = self.config["mlp_bias"]
        self.interleaved = True

    def decide(self, _layer, z, _correction):
        c, s = self.config, softmax(z)
        groups = c["n_group"] if c["topk_method"] == "group_limited_greedy" else 1
        a, gap = limit_groups(s, groups, c["topk_group"], best=1, fill=0.0)
        return decide(z, s, a, self.k, lambda w: c["routed_scaling_factor"] * w, gap)
