"""Qwen3-MoE: QK norm of each head, dense layers by step or by list."""
from reference.decoder import Decoder


class Qwen3Moe(Decoder):
    defaults = dict(decoder_sparse_step=1, mlp_only_layers=[], use_sliding_window=False)
    qk_norm = "head"
    inner_key = "moe_intermediate_size"

    def types(self):
        return ["sliding_attention" if self.config["use_sliding_window"] else "full_attention"] * self.layers

    def sparse(self, layer):
        return self.stepped_sparse(layer)
