"""Qwen2-MoE: a shared expert behind a sigmoid gate of its own, biases on q, k and v, windows in some layers."""
from reference.decoder import Decoder
from reference.numerics import sigmoid


class Qwen2Moe(Decoder):
    defaults = dict(decoder_sparse_step=1, mlp_only_layers=[], qkv_bias=True, use_sliding_window=False, max_window_layers=28)
    biased = ("q_proj", "k_proj", "v_proj")
    inner_key = "moe_intermediate_size"
    shared = "mlp.shared_expert"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.bias = self.config["qkv_bias"]
        self.shared_inner = self.config["shared_expert_intermediate_size"]

    def types(self):
        c = self.config
        if not c["use_sliding_window"]:
            return super().types()
        return c["layer_types"] or ["full_attention" if layer % 2 or layer >= c["max_window_layers"] else "sliding_attention"
                                    for layer in range(self.layers)]

    def sparse(self, layer):
        return self.stepped_sparse(layer)

    def sparse_shapes(self, layer):
        return super().sparse_shapes(layer) | {"mlp.shared_expert_gate.weight": (1, self.d)}

    def combine(self, p, x, mixed):
        return mixed + sigmoid(self.linear(f"{p}.mlp.shared_expert_gate", x)) * self.mlp(f"{p}.{self.shared}", x)
