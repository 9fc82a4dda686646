"""HY V3: sigmoid scores with a bias that only selects, always renormalised and scaled, a shared MLP."""
from reference.decoder import Decoder
from reference.routers import sigmoid_router


class HyV3(Decoder):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=11158840.0, head_dim=128, router_scaling_factor=2.826)
    qk_norm = "head"
    inner_key = "moe_intermediate_size"
    router, correction = "mlp.router.gate", "mlp.expert_bias"
    shared = "mlp.shared_mlp"

    def sparse(self, layer):
        return self.listed_sparse(layer, dense=1)

    def decide(self, _layer, z, correction):
        return sigmoid_router(z, correction, self.k, factor=self.config["router_scaling_factor"])
