"""GLM-4-MoE-Lite: DeepSeek-V3 with a list of its dense layers."""
from reference.deepseek import DeepseekExperts
from reference.mla import Mla


class Glm4MoeLite(DeepseekExperts, Mla):
    defaults = dict(rms_norm_eps=1e-5, q_lora_rank=768, routed_scaling_factor=1.8)

    def __init__(self, config, prefix=""):
        super().__init__({"qk_rope_head_dim": config.get("head_dim")} | config, prefix)

    def sparse(self, layer):
        return self.listed_sparse(layer, dense=1)
