"""MiMo-V2-Flash: DeepSeek's experts; window layers have sinks and twice the key heads, value heads have a size of their own."""
from reference.deepseek import DeepseekExperts


class MimoV2Flash(DeepseekExperts):
    defaults = dict(rms_norm_eps=1e-5, head_dim=192, v_head_dim=128, attention_value_scale=0.707, sliding_window=129,
                    sliding_window_size=None,
                    rope_parameters=dict(full_attention=dict(rope_type="default", rope_theta=5e6),
                                         sliding_attention=dict(rope_type="default", rope_theta=1e4)))
    rope_keys = ("rope_parameters",)
    biased = ("q_proj", "k_proj", "v_proj")
    shared = None
    sinks = "attention_sink_bias"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        self.v = c["v_head_dim"]
        if c["sliding_window_size"] is not None:
            self.window = c["sliding_window_size"] + 1
        if c["routed_scaling_factor"] is None:
            c["routed_scaling_factor"] = 1.0

    def types(self):
        return self.config["layer_types"] or ["full_attention" if layer == 0 or (layer + 1) % 6 == 0 else "sliding_attention"
                                              for layer in range(self.layers)]

    def sparse(self, layer):
        return self.listed_sparse(layer, dense=1)

    def key_heads(self, layer):
        return super().key_heads(layer) * (2 if self.layer_types[layer] == "sliding_attention" else 1)

    def rotary_size(self, p):
        return int(self.h * p.get("partial_rotary_factor", 0.334))

    def attention_shapes(self, layer):
        out = super().attention_shapes(layer)
        sinks = self.layer_types[layer] == "sliding_attention"
        return out | {"attention_sink_bias": (self.query_heads(layer),)} if sinks else out

    def project(self, p, layer, x):
        q, k, v = super().project(p, layer, x)
        scale = self.config["attention_value_scale"]
        return q, k, v if scale is None else scale * v
