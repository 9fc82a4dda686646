"""EXAONE-MoE: DeepSeek's experts with the bias beside the gate; window layers have positions, full layers have none."""
from reference.deepseek import DeepseekExperts


class ExaoneMoe(DeepseekExperts):
    defaults = dict(rms_norm_eps=1e-5, routed_scaling_factor=2.5, first_k_dense_replace=1, sliding_window_pattern=4)
    biased = ()
    qk_norm = "head"
    correction = "mlp.e_score_correction_bias"

    def types(self):
        c = self.config
        return c["layer_types"] or ["sliding_attention" if (layer + 1) % c["sliding_window_pattern"] else "full_attention"
                                    for layer in range(self.layers)]

    def sparse(self, layer):
        return self.listed_sparse(layer, dense=self.config["first_k_dense_replace"])

    def rotates(self, layer):
        return self.window is None or self.layer_types[layer] == "sliding_attention"
