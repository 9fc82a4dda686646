"""DBRX: q, k and v from one clamped projection, LayerNorm without bias, the p-norm of the chosen weights, all experts in flat tensors."""
import numpy as np

from reference.attention import split_heads
from reference.decoder import Decoder
from reference.numerics import layer_norm, softmax
from reference.routers import decide

KEYS = {"d_model": "hidden_size", "n_heads": "num_attention_heads", "n_layers": "num_hidden_layers",
        "max_seq_len": "max_position_embeddings"}


class Dbrx(Decoder):
    embedding, final_norm, layer_prefix = "transformer.wte", "transformer.norm_f", "transformer.blocks"
    attention_name, output_name = "norm_attn_norm.attn", "out_proj"
    norms = ("norm_attn_norm.norm_1", "norm_attn_norm.norm_2")
    mlp_name, router = "ffn", "ffn.router.layer"

    def __init__(self, config, prefix=""):
        attention, ffn = config["attn_config"], config["ffn_config"]
        self.clip, self.power = attention.get("clip_qkv"), ffn.get("moe_normalize_expert_weights", 1.0)
        super().__init__({KEYS.get(key, key): value for key, value in config.items()} | {
            "num_key_value_heads": attention["kv_n_heads"], "rope_theta": attention["rope_theta"],
            "intermediate_size": ffn["ffn_hidden_size"], "num_experts": ffn["moe_num_experts"], "num_experts_per_tok": ffn["moe_top_k"],
            "hidden_act": ffn.get("ffn_act_fn", {}).get("name", "silu"), "rms_norm_eps": 1e-5}, prefix)

    def attention_shapes(self, layer):
        rows = (self.query_heads(layer) + 2 * self.key_heads(layer)) * self.h
        return {"Wqkv.weight": (rows, self.d), "out_proj.weight": (self.d, self.d)}

    def expert_shapes(self):
        return {f"ffn.experts.mlp.{name}": (self.experts * self.inner, self.d) for name in ("w1", "v1", "w2")}

    def norm(self, p, x):
        return layer_norm(x, self.weights[f"{p}.weight"], None, self.epsilon)

    def project(self, p, layer, x):
        qkv = self.linear(f"{p}.Wqkv", x)
        if self.clip is not None:
            qkv = np.clip(qkv, -self.clip, self.clip)
        q, kv = self.query_heads(layer), self.key_heads(layer)
        parts = np.split(qkv, [q * self.h, (q + kv) * self.h], -1)
        return tuple(split_heads(part, count) for part, count in zip(parts, (q, kv, kv)))

    def decide(self, _layer, z, _correction):
        s, p = softmax(z), self.power
        return decide(z, s, s, self.k, lambda w: w if p is None else w / (w ** p).sum(-1, keepdims=True) ** (1 / p))

    def expert(self, p, e, x):
        w1, v1, w2 = (self.weights[f"{p}.mlp.{name}"][e * self.inner:(e + 1) * self.inner] for name in ("w1", "v1", "w2"))
        return (self.act(x @ w1.T) * (x @ v1.T)) @ w2
