"""LFM2-MoE: short gated convolutions between attention layers, sigmoid scores whose bias only selects."""
import numpy as np

from reference.decoder import Decoder
from reference.mamba import causal_convolution
from reference.routers import sigmoid_router


class Lfm2Moe(Decoder):
    defaults = dict(norm_eps=1e-5, rope_theta=1e6, num_dense_layers=2, use_expert_bias=True, norm_topk_prob=True, routed_scaling_factor=1.0,
                    conv_L_cache=3, conv_bias=False, tie_word_embeddings=True, tie_embedding=None)
    final_norm = "model.embedding_norm"
    norms = ("operator_norm", "ffn_norm")
    output_name = "out_proj"
    qk_norm, qk_norm_names = "head", ("q_layernorm", "k_layernorm")
    mlp_name, router = "feed_forward", "feed_forward.gate"
    expert_names = ("w1", "w3", "w2")
    inner_key = "moe_intermediate_size"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        self.epsilon = c["norm_eps"]
        self.tied = c["tie_word_embeddings"] if c["tie_embedding"] is None else c["tie_embedding"]
        self.correction = "feed_forward.expert_bias" if c["use_expert_bias"] else None

    def types(self):
        return self.config["layer_types"]

    def sparse(self, layer):
        return layer >= self.config["num_dense_layers"]

    def layer_shapes(self, layer):
        out = super().layer_shapes(layer)
        if self.layer_types[layer] == "conv":
            out = {name: shape for name, shape in out.items() if not name.startswith("self_attn.")}
            d, taps = self.d, self.config["conv_L_cache"]
            out |= {"conv.in_proj.weight": (3 * d, d), "conv.conv.weight": (d, 1, taps), "conv.out_proj.weight": (d, d)}
            if self.config["conv_bias"]:
                out |= {"conv.in_proj.bias": (3 * d,), "conv.conv.bias": (d,), "conv.out_proj.bias": (d,)}
        return out

    def attention_shapes(self, layer):
        out = super().attention_shapes(layer)
        return {name.replace("o_proj", "out_proj"): shape for name, shape in out.items()}

    def mlp_shapes(self, p, inner, bias=False, names=None):
        return super().mlp_shapes(p, inner, bias, self.expert_names)

    def mlp(self, p, x, names=None):
        return super().mlp(p, x, self.expert_names)

    def attention(self, p, layer, x):
        if self.layer_types[layer] != "conv":
            return super().attention(p, layer, x)
        p = p.replace("self_attn", "conv")
        before, after, y = np.split(self.linear(f"{p}.in_proj", x), 3, -1)
        mixed = causal_convolution(before * y, self.weights[f"{p}.conv.weight"], self.weights.get(f"{p}.conv.bias"))
        return self.linear(f"{p}.out_proj", after * mixed)

    def decide(self, _layer, z, correction):
        c = self.config
        return sigmoid_router(z, 0 if correction is None else correction, self.k, renormalise=c["norm_topk_prob"],
                              factor=c["routed_scaling_factor"], epsilon=1e-6)
