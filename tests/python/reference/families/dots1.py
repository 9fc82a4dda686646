"""dots.llm1: DeepSeek's experts on grouped-query attention with QK norm, windows in the later layers."""
from reference.deepseek import DeepseekExperts


class Dots1(DeepseekExperts):
    defaults = dict(norm_topk_prob=False, sliding_window=4096, max_window_layers=62)
    qk_norm = "head"

    def types(self):
        c = self.config
        return c["layer_types"] or ["sliding_attention" if c["sliding_window"] and layer >= c["max_window_layers"] else "full_attention"
                                    for layer in range(self.layers)]
