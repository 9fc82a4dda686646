"""The text model of Qwen3.5-MoE: Qwen3-Next with four projections in plain order, every layer sparse, always renormalised."""
from reference.families.qwen3_next import Qwen3Next


class Qwen35MoeText(Qwen3Next):
    defaults = dict(intermediate_size=None)

    def sparse(self, layer):
        return True

    def projection_shapes(self, mixed, outputs):
        return {"in_proj_qkv.weight": (mixed, self.d), "in_proj_z.weight": (outputs, self.d), "in_proj_b.weight": (self.values, self.d),
                "in_proj_a.weight": (self.values, self.d)}

    def project_linear(self, p, x):
        return tuple(self.linear(f"{p}.in_proj_{name}", x) for name in ("qkv", "z", "b", "a"))


class WrappedQwen35MoeText(Qwen35MoeText):
    """Within a model of images: the head keeps its name."""
    embedding, final_norm, layer_prefix = (f"model.language_model.{name}" for name in ("embed_tokens", "norm", "layers"))
