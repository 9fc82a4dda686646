"""Mixtral: softmax over all experts, the chosen renormalised."""
from reference.decoder import Decoder
from reference.routers import softmax_router


class Mixtral(Decoder):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=1e6, num_experts=8, num_experts_per_tok=2)
    biased = ()
    mlp_name, router = "block_sparse_moe", "block_sparse_moe.gate"
    expert_names = ("w1", "w3", "w2")

    def types(self):
        return ["sliding_attention"] * self.layers

    def decide(self, _layer, z, _correction):
        return softmax_router(z, self.k, renormalise=True)
