"""LongCat-Flash: two latent attentions and two dense MLPs a layer, the experts beside them; the last experts give back what they get."""
from reference.mla import Mla
from reference.numerics import softmax
from reference.routers import decide


class LongcatFlash(Mla):
    defaults = dict(zero_expert_num=256, routed_scaling_factor=6.0, rope_theta=1e7, rms_norm_eps=1e-5)
    router = "mlp.router.classifier"
    correction = "mlp.router.e_score_correction_bias"
    inner_key = "expert_ffn_hidden_size"

    def __init__(self, config, prefix=""):
        super().__init__(config | {"num_hidden_layers": config["num_layers"], "intermediate_size": config["ffn_hidden_size"]}, prefix)
        self.real = self.experts
        self.experts += self.config["zero_expert_num"]
        self.interleaved = True

    def layer_shapes(self, layer):
        out = self.sparse_shapes(layer)
        for half in range(2):
            out |= {f"self_attn.{half}.{name}": shape for name, shape in self.attention_shapes(layer).items()}
            out |= self.mlp_shapes(f"mlps.{half}", self.dense_inner)
            for name in self.norms:
                out |= self.norm_shapes(f"{name}.{half}")
        return out

    def expert_shapes(self):
        out = {}
        for e in range(self.real):
            out |= self.mlp_shapes(f"mlp.experts.{e}", self.inner)
        return out

    def run_layer(self, p, layer, x, routers):
        mixed = 0
        for half in range(2):
            x = x + self.attention(f"{p}.self_attn.{half}", layer, self.norm(f"{p}.input_layernorm.{half}", x))
            u = self.norm(f"{p}.post_attention_layernorm.{half}", x)
            if half == 0:
                mixed = self.ffn(p, layer, u, routers)
            x = x + self.mlp(f"{p}.mlps.{half}", u)
        return x + mixed

    def latent_norm(self, p, x):
        normed = super().latent_norm(p, x)
        return normed * (self.d / self.latent) ** 0.5 if p.endswith("kv_a_layernorm") else normed

    def scale_query(self, q):
        return q * (self.d / self.q_rank) ** 0.5

    def decide(self, _layer, z, correction):
        s = softmax(z)
        return decide(z, s, s + correction, self.k, lambda w: self.config["routed_scaling_factor"] * w)

    def expert(self, p, e, x):
        return super().expert(p, e, x) if e < self.real else x
