"""DeepSeek's experts: biased sigmoid scores choose within groups, shared experts run beside them, the first layers are dense."""
from reference.decoder import Decoder
from reference.routers import sigmoid_router


class DeepseekExperts(Decoder):
    defaults = dict(n_group=1, topk_group=1, norm_topk_prob=True, routed_scaling_factor=1.0, first_k_dense_replace=0)
    correction = "mlp.gate.e_score_correction_bias"
    inner_key = "moe_intermediate_size"
    shared = "mlp.shared_experts"

    def sparse(self, layer):
        return layer >= self.config["first_k_dense_replace"]

    def decide(self, _layer, z, correction):
        c = self.config
        return sigmoid_router(z, correction, self.k, c["n_group"], c["topk_group"], c["norm_topk_prob"], c["routed_scaling_factor"])
