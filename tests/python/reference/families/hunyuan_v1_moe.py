"""Hunyuan V1 MoE: QK norm after the rotation, a rotary base stretched by alpha, a shared MLP, perhaps another k in every layer."""
from reference.decoder import Decoder
from reference.rope import Rope
from reference.routers import softmax_router


class AlphaRope(Rope):
    def frequencies(self, length):
        alpha = self.p.get("alpha")
        if self.kind == "dynamic" and alpha:
            return self.base(self.p["rope_theta"] * alpha ** (self.r / (self.r - 2)))
        return super().frequencies(length)


class HunyuanV1Moe(Decoder):
    defaults = dict(rms_norm_eps=1e-5)
    qk_norm_names = ("query_layernorm", "key_layernorm")
    router = "mlp.gate.wg"
    shared = "mlp.shared_mlp"

    def make_rope(self, p):
        return AlphaRope(p, self.h, self.config["max_position_embeddings"])

    def attention_shapes(self, layer):
        return super().attention_shapes(layer) | {f"{name}.weight": (self.h,) for name in self.qk_norm_names}

    def position(self, p, layer, q, k):
        return self.norm_qk(p, *super().position(p, layer, q, k))

    def decide(self, layer, z, _correction):
        return softmax_router(z, self.k[layer] if isinstance(self.k, list) else self.k, renormalise=True)
