"""What every model has: weights by their names in the checkpoint, and the result of a forward pass."""
import re
from dataclasses import dataclass

import numpy as np

from reference.routers import Decision


@dataclass
class Forward:
    logits: np.ndarray                      # [T, V]
    hidden_states: dict[str, np.ndarray]    # [T, d] each, by the name in a golden
    routers: dict[str, Decision]            # by the router's name in the checkpoint
    key_margin: float = np.inf              # least gap between a last chosen and a first unchosen key of an indexer; exact ties count as none

    def selection_margin(self):
        return min([self.key_margin, *(d.selection_margin for d in self.routers.values())])

    def order_gap(self):
        return min((d.order_gap for d in self.routers.values()), default=np.inf)

    def columns(self):
        """The tensors of a golden by their names."""
        out = {"logits": self.logits[None]} | {name: state[None] for name, state in self.hidden_states.items()}
        for router, decision in self.routers.items():
            out |= {f"{router}/{name}": column for name, column in decision.columns().items()}
        return out


class Model:
    """A subclass has `shapes()`, {name: shape} of every tensor that its forward pass reads."""
    inputs = ("input_ids",)                 # of forward, by their names in a golden
    transposed_experts = False              # fused tensors of experts are [E, in, out]
    spellings = {}                          # other ways to name the tensors: {style: [(pattern, replacement)], applied in order}

    def __init__(self):
        self.weights = {}

    def centre(self, _name):
        """Around what a norm's weights lie."""
        return 1

    def respelled(self, name, style):
        for pattern, replacement in self.spellings[style]:
            name = re.sub(pattern, replacement, name)
        return name

    def load(self, weights):
        for name, shape in self.shapes().items():
            assert weights[name].shape == shape, (name, weights[name].shape, shape)
            self.weights[name] = weights[name].astype(np.float64)
        return self

    def linear(self, p, x, weight=None):
        """x by the weight [out, in] of p or by the given one, plus the bias of p where there is one."""
        y = x @ (self.weights[f"{p}.weight"] if weight is None else weight).T
        bias = self.weights.get(f"{p}.bias")
        return y if bias is None else y + bias
