"""Multi-head latent attention: keys and values from one compressed vector, and one rotary key that all heads share."""
import numpy as np

from reference.attention import attend, causal, split_heads
from reference.decoder import Decoder
from reference.numerics import rms_norm
from reference.rope import rotate

LATENT_EPSILON = 1e-6                                         # of the norms in here, whatever rms_norm_eps is


class Mla(Decoder):
    defaults = dict(rope_interleave=True, q_lora_rank=None)

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        c = self.config
        self.nope, self.rot, self.v = c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
        self.latent, self.q_rank = c["kv_lora_rank"], c["q_lora_rank"]
        self.interleaved = c["rope_interleave"]
        self.rope = self.ropes["full_attention"]
        self.scale = (self.nope + self.rot) ** -0.5 * self.rope.mla_scale()

    def rotary_size(self, _p):
        return self.config["qk_rope_head_dim"]

    def attention_shapes(self, layer):
        heads = self.query_heads(layer)
        q_rows = heads * (self.nope + self.rot)
        out = {"kv_a_proj_with_mqa.weight": (self.latent + self.rot, self.d), "kv_a_layernorm.weight": (self.latent,),
               "kv_b_proj.weight": (heads * (self.nope + self.v), self.latent), "o_proj.weight": (self.d, heads * self.v)}
        if self.q_rank is None:
            out["q_proj.weight"] = (q_rows, self.d)
        else:
            out |= {"q_a_proj.weight": (self.q_rank, self.d), "q_a_layernorm.weight": (self.q_rank,),
                    "q_b_proj.weight": (q_rows, self.q_rank)}
        if self.bias:
            out |= {f"{name}.bias": out[f"{name}.weight"][:1] for name in ("q_a_proj", "kv_a_proj_with_mqa", "o_proj")
                    if f"{name}.weight" in out}
        return out

    def attention(self, p, layer, x):
        heads, tables = self.query_heads(layer), self.rope.tables(len(x))
        q_latent = None
        if self.q_rank is None:
            q = self.linear(f"{p}.q_proj", x)
        else:
            q_latent = self.latent_norm(f"{p}.q_a_layernorm", self.linear(f"{p}.q_a_proj", x))
            q = self.linear(f"{p}.q_b_proj", q_latent)
        q = split_heads(q, heads)
        compressed = self.linear(f"{p}.kv_a_proj_with_mqa", x)
        latent, k_rope = compressed[:, :self.latent], compressed[:, self.latent:]
        kv = split_heads(self.linear(f"{p}.kv_b_proj", self.latent_norm(f"{p}.kv_a_layernorm", latent)), heads)
        k_nope, v = kv[..., :self.nope], kv[..., self.nope:]
        k_rope = np.broadcast_to(rotate(k_rope, tables, self.interleaved), (heads, *k_rope.shape))
        q = np.concatenate([q[..., :self.nope], rotate(q[..., self.nope:], tables, self.interleaved)], -1)
        out = attend(self.scale_query(q), np.concatenate([k_nope, k_rope], -1), v, self.scale, self.visible(p, layer, x, q_latent))
        return self.linear(f"{p}.o_proj", out)

    def visible(self, _p, _layer, x, _q_latent):
        """[T, T]: may query i see key j?"""
        return causal(len(x))

    def latent_norm(self, p, x):
        return rms_norm(x, self.weights[f"{p}.weight"], LATENT_EPSILON)

    def scale_query(self, q):
        """q [H, T, n + r] after the rotation."""
        return q
