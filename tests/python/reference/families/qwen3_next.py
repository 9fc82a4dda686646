"""Qwen3-Next: the gated delta rule between layers of gated attention; norms whose weights are stored around 0."""
import numpy as np

from reference.attention import split_heads
from reference.delta import delta_rule
from reference.families.qwen2_moe import Qwen2Moe
from reference.mamba import causal_convolution
from reference.numerics import rms_norm, sigmoid, silu, softplus


class Qwen3Next(Qwen2Moe):
    defaults = dict(head_dim=256, partial_rotary_factor=0.25, norm_topk_prob=True, qkv_bias=False, full_attention_interval=4, linear_conv_kernel_dim=4)
    biased = ("q_proj", "k_proj", "v_proj", "o_proj")
    qk_norm = "head"
    by_key_head = True                      # two projections whose outputs lie key head by key head

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        self.bias, self.shared_inner = c["attention_bias"], c["shared_expert_intermediate_size"]
        self.keys, self.values = c["linear_num_key_heads"], c["linear_num_value_heads"]
        self.key_size, self.value_size = c["linear_key_head_dim"], c["linear_value_head_dim"]

    def centre(self, name):
        return 1 if name.endswith("linear_attn.norm.weight") else 0

    def types(self):
        interval = self.config["full_attention_interval"]
        return self.config["layer_types"] or ["linear_attention" if (layer + 1) % interval else "full_attention" for layer in range(self.layers)]

    def rotary_size(self, p):
        return int(self.h * p.get("partial_rotary_factor", self.config["partial_rotary_factor"]))

    def norm(self, p, x):
        return rms_norm(x, 1 + self.weights[f"{p}.weight"], self.epsilon)

    def layer_shapes(self, layer):
        out = super().layer_shapes(layer)
        if self.layer_types[layer] == "full_attention":
            return out
        out = {name: shape for name, shape in out.items() if not name.startswith("self_attn.")}
        return out | {f"linear_attn.{name}": shape for name, shape in self.linear_shapes().items()}

    def attention_shapes(self, layer):
        out = super().attention_shapes(layer)
        return out | {name: (2 * shape[0], *shape[1:]) for name, shape in out.items() if name.startswith("q_proj.")}

    def linear_shapes(self):
        inputs, outputs = self.keys * self.key_size, self.values * self.value_size
        return self.projection_shapes(2 * inputs + outputs, outputs) | {
            "conv1d.weight": (2 * inputs + outputs, 1, self.config["linear_conv_kernel_dim"]), "A_log": (self.values,), "dt_bias": (self.values,),
            "norm.weight": (self.value_size,), "out_proj.weight": (self.d, outputs)}

    def projection_shapes(self, mixed, outputs):
        return {"in_proj_qkvz.weight": (mixed + outputs, self.d), "in_proj_ba.weight": (2 * self.values, self.d)}

    def project_linear(self, p, x):
        """[T, all queries, keys and values], z [T, H·V], b [T, H], a [T, H]"""
        shared = self.values // self.keys
        v = shared * self.value_size
        qkvz = self.linear(f"{p}.in_proj_qkvz", x).reshape(len(x), self.keys, -1)
        q, k, v, z = np.split(qkvz, [self.key_size, 2 * self.key_size, 2 * self.key_size + v], -1)
        b, a = np.split(self.linear(f"{p}.in_proj_ba", x).reshape(len(x), self.keys, -1), 2, -1)
        flat = [part.reshape(len(x), -1) for part in (q, k, v, z, b, a)]
        return np.concatenate(flat[:3], -1), *flat[3:]

    def project(self, p, layer, x):
        heads = self.query_heads(layer)
        q = split_heads(self.linear(f"{p}.q_proj", x), heads)[..., :self.h]
        k, v = (split_heads(self.linear(f"{p}.{name}", x), self.key_heads(layer)) for name in ("k_proj", "v_proj"))
        return *self.norm_qk(p, q, k), v

    def gate_output(self, p, x, out):
        gates = self.linear(f"{p}.q_proj", x).reshape(len(x), -1, 2 * self.h)[..., self.h:]
        return out * sigmoid(gates.reshape(len(x), -1))

    def attention(self, p, layer, x):
        if self.layer_types[layer] == "full_attention":
            return super().attention(p, layer, x)
        return self.delta(p.replace("self_attn", "linear_attn"), x)

    def delta(self, p, x):
        w, inputs = self.weights, self.keys * self.key_size
        mixed, z, b, a = self.project_linear(p, x)
        mixed = silu(causal_convolution(mixed, w[f"{p}.conv1d.weight"]))
        q, k, v = np.split(mixed, [inputs, 2 * inputs], -1)
        q, k = (np.repeat(part.reshape(len(x), self.keys, -1), self.values // self.keys, 1) for part in (q, k))
        decay = np.exp(-np.exp(w[f"{p}.A_log"]) * softplus(a + w[f"{p}.dt_bias"]))
        o = delta_rule(q, k, v.reshape(len(x), self.values, -1), decay[..., None], sigmoid(b))
        o = rms_norm(o, w[f"{p}.norm.weight"], self.epsilon) * silu(z.reshape(o.shape))
        return self.linear(f"{p}.out_proj", o.reshape(len(x), -1))
