"""GLM-5: DeepSeek-V3.2 with interleaved indexers, of which layers may share one."""
from reference.families.deepseek_v32 import DeepseekV32


class GlmMoeDsa(DeepseekV32):
    defaults = dict(n_group=1, topk_group=1, rms_norm_eps=1e-5, index_n_heads=32, indexer_types=None, index_topk_pattern=None, index_topk_freq=1,
                    index_skip_topk_offset=2)
    index_interleaved = True

    def has_indexer(self, layer):
        c = self.config
        if listed := c["indexer_types"] or c["index_topk_pattern"]:
            return listed[layer] in ("full", "F")
        return max(layer - c["index_skip_topk_offset"] + 1, 0) % max(c["index_topk_freq"], 1) == 0
