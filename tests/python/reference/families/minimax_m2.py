"""MiniMax-M2: sigmoid scores with a bias beside the router, always renormalised; part of each head rotates."""
from reference.decoder import Decoder
from reference.routers import sigmoid_router


class MiniMaxM2(Decoder):
    defaults = dict(rope_theta=5e6, head_dim=128, rotary_dim=None)
    biased = ()
    qk_norm = "projection"
    mlp_name, router = "block_sparse_moe", "block_sparse_moe.gate"
    correction = "block_sparse_moe.e_score_correction_bias"
    expert_names = ("w1", "w3", "w2")

    def rotary_size(self, p):
        rotating = self.config["rotary_dim"]
        return int(self.h * p.get("partial_rotary_factor", rotating / self.h if rotating else 1.0))

    def decide(self, _layer, z, correction):
        return sigmoid_router(z, correction, self.k, epsilon=0.0)
