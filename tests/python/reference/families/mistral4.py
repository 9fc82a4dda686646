"""Mistral 4: latent attention whose query grows with the position, softmax scores in groups, fused experts."""
import numpy as np

from reference.deepseek import DeepseekExperts
from reference.mla import Mla
from reference.numerics import softmax
from reference.routers import decide, limit_groups, normalised

YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=128.0, original_max_position_embeddings=8192, beta_fast=32.0, beta_slow=1.0,
            mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.1)


class Mistral4(DeepseekExperts, Mla):
    defaults = dict(rope_parameters=YARN)
    correction = None

    def expert_shapes(self):
        return {"mlp.experts.gate_up_proj": (self.experts, 2 * self.inner, self.d),
                "mlp.experts.down_proj": (self.experts, self.d, self.inner)}

    def scale_query(self, q):
        steps = np.floor(np.arange(q.shape[1]) / self.rope.original)
        return q * (1 + self.rope.p["llama_4_scaling_beta"] * np.log1p(steps))[:, None]

    def decide(self, _layer, z, _correction):
        c, s = self.config, softmax(z)
        a, gap = limit_groups(s, c["n_group"], c["topk_group"], best=2, fill=0.0)
        return decide(z, s, a, self.k, lambda w: c["routed_scaling_factor"] * (normalised(w, 1e-20) if c["norm_topk_prob"] else w), gap)

    def expert(self, p, e, x):
        return self.fused_mlp(x, self.weights[f"{p}.gate_up_proj"][e], self.weights[f"{p}.down_proj"][e])
