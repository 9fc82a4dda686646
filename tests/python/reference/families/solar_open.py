"""Solar Open: DeepSeek's experts in every layer, on plain grouped-query attention."""
from reference.deepseek import DeepseekExperts


class SolarOpen(DeepseekExperts):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=1e6, head_dim=128)
    biased = ("q_proj", "k_proj", "v_proj")

    def sparse(self, layer):
        return True
