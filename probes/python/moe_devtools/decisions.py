"""What one router decided in one pass, and how it is sent."""
import torch

from . import applied, rules
from .framing import Column
from .tensors import Copy, all_finite, data_of


class Decision:
    """All rows of one router in one pass. Its tensors are copies; the columns are made of them where there is time, on the thread that writes."""

    def __init__(self, router, tokens):
        self.router, self.tokens = router, tokens
        self.logits = self.scores = None                       # Copy [..., experts]; None = not seen
        self.choices = []                                      # (values Copy or None, indices Copy), one a selecting call
        self._is_finite = None
        self.weights = self.mask = None                        # (shape word of `applied`, Copy)

    def add(self, choice):
        if self.scores is None:
            self.scores = Copy(choice.scores)
        self.choices.append((None if choice.values is None else Copy(choice.values), Copy(choice.indices)))

    def chosen(self):
        """[tokens, k], as the program's calls gave them; -1 = no expert, where the program says so."""
        return torch.cat([indices.value().reshape(self.tokens, -1) for _, indices in self.choices], 1)[:, :self.router.k].long()

    def is_of(self, rows):
        """Its rows are those of `rows`, as far as its own axes tell; flattened ones follow the input unless the model works sequence first."""
        batches = [copy.shape[:-1] for copy in (self.logits, self.scores) if copy is not None and len(copy.shape) == 3]
        return rows.count == self.tokens and all(batch == rows.shape or 1 in batch for batch in batches) and (bool(batches) or not rows.is_sequence_first)

    def logits_on_host(self):
        return None if self.logits is None else self.logits.value().reshape(self.tokens, -1).float()

    def scores_on_host(self):
        return None if self.scores is None else self.scores.value().reshape(self.tokens, -1).float()

    def is_finite(self):
        """No NaN and no infinity in the logits; where they are not seen, no NaN in what was ranked, whose infinities are masks."""
        if self._is_finite is None:
            self._is_finite = all_finite(self.logits.value()) if self.logits is not None else self.scores is None or not bool(torch.isnan(self.scores.value()).any())
        return self._is_finite

    def message(self, wanted):
        """(slots, names that are derived, columns) of the batch message."""
        with torch.no_grad():
            return self._message(wanted)

    def _message(self, wanted):
        router, tokens, experts = self.router, self.tokens, self.router.experts
        logits, scores, given, derived = self.logits_on_host(), self.scores_on_host(), self.chosen(), []
        kept, chosen = given >= 0, given.clamp(min=0)
        weights = None
        if self.weights is not None:
            shape, copy = self.weights
            weights = applied.on_slots(copy.value().float(), shape, chosen, experts)
            if router.capacity and shape != "slots":
                kept &= weights != 0
        else:
            weights = rules.weights_by(router.rule, logits, chosen)
            derived += ["routing_weights"] if weights is not None else []
        if self.mask is not None:
            shape, copy = self.mask
            kept &= applied.on_slots(copy.value().long(), shape, chosen, experts) != 0
        if weights is not None:
            weights = torch.where(kept, weights, torch.zeros_like(weights))
        ranked = weights if weights is not None else None if scores is None else scores.gather(1, chosen)
        if ranked is not None:
            order = ranked.sort(dim=1, descending=True, stable=True).indices
            chosen, given, kept, weights = chosen.gather(1, order), given.gather(1, order), kept.gather(1, order), None if weights is None else weights.gather(1, order)
        columns = {"router_logits": ("f32", logits), "selection_scores": ("f32", scores), "selected_experts": ("i32", torch.where(kept, chosen, torch.full_like(chosen, -1))),
                   "routing_weights": ("f32", weights), "chosen": ("i32", given if router.capacity or self.mask is not None and not bool(kept.all()) else None)}
        if router.rule.get("ranks") == "scores" and router.ranks_plain_scores:
            columns["router_scores"] = ("f32", scores)
        sent = [Column(name, dtype, value.shape, data_of(value, dtype)) for name, (dtype, value) in columns.items() if value is not None and (name in wanted or name == "chosen")]
        return chosen.shape[1], [name for name in derived if name in wanted], sent
