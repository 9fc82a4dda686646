"""Granite-MoE with a shared MLP beside the experts."""
from reference.families.granitemoe import GraniteMoe


class GraniteMoeShared(GraniteMoe):
    defaults = dict(shared_intermediate_size=0)

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.shared_inner = self.config["shared_intermediate_size"]

    def sparse_shapes(self, layer):
        out = super().sparse_shapes(layer)
        if self.shared_inner:
            out |= {"shared_mlp.input_linear.weight": (2 * self.shared_inner, self.d),
                    "shared_mlp.output_linear.weight": (self.d, self.shared_inner)}
        return out

    def combine(self, p, x, mixed):
        if not self.shared_inner:
            return mixed
        return mixed + self.fused_mlp(x, *(self.weights[f"{p}.shared_mlp.{name}_linear.weight"] for name in ("input", "output")))
