"""GLM-4-MoE: DeepSeek's experts on grouped-query attention; half of each head rotates, QK norm where the config asks for it."""
from reference.deepseek import DeepseekExperts


class Glm4Moe(DeepseekExperts):
    defaults = dict(rms_norm_eps=1e-5, first_k_dense_replace=1, use_qk_norm=False, partial_rotary_factor=0.5)
    biased = ("q_proj", "k_proj", "v_proj")

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.qk_norm = "head" if self.config["use_qk_norm"] else None

    def rotary_size(self, p):
        return int(self.h * p["partial_rotary_factor"])
