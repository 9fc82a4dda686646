"""ERNIE 4.5 MoE: a bias that only selects on softmax scores, shared experts, sparse layers by start, end and interval."""
import numpy as np

from reference.decoder import Decoder
from reference.numerics import softmax
from reference.routers import decide


class Ernie4_5Moe(Decoder):
    defaults = dict(rms_norm_eps=1e-5, rope_theta=5e5, tie_word_embeddings=True, use_bias=False, num_experts=64, num_experts_per_tok=6,
                    n_shared_experts=2, moe_layer_start_index=1, moe_layer_end_index=-1, moe_layer_interval=1, moe_norm_min=1e-12)
    inner_key = "moe_intermediate_size"
    interleaved = True
    correction = "mlp.moe_statics.e_score_correction_bias"
    shared = "mlp.shared_experts"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.bias = self.mlp_bias = self.head_bias = self.config["use_bias"]

    def sparse(self, layer):
        c = self.config
        last = self.layers - 1 if c["moe_layer_end_index"] == -1 else c["moe_layer_end_index"]
        return c["moe_layer_start_index"] <= layer <= last and (layer + 1) % c["moe_layer_interval"] == 0

    def sparse_shapes(self, layer):
        return super().sparse_shapes(layer) | {self.correction: (1, self.experts)}

    def decide(self, _layer, z, correction):
        s, least = softmax(z), self.config["moe_norm_min"]
        return decide(z, s, s + correction, self.k, lambda w: w / np.maximum(w.sum(-1, keepdims=True), least))
