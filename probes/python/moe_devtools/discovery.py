"""Finds the routers of a model while its first pass runs: what is projected onto N values by a weight, ranked by a selecting call, and has N experts beside it."""
import collections
import itertools
import os
import sys

import torch

from . import applied, evidence, rules
from .calls import ORIGINALS, find_imported
from .decisions import Decision
from .routers import Router, plain_name, site_of, user_frames
from .tensors import Copy, tensors_in

MOST_EXPERTS = 4096
MOST_PROJECTIONS = 64      # that are remembered at a time
MOST_FRAMES = 8            # from an expert's call outwards, whose variables are looked at


class Entry:
    """One call of a module."""

    __slots__ = ("module", "number", "site")

    def __init__(self, module, number, site):
        self.module, self.number, self.site = module, number, site


class Projection:
    __slots__ = ("place", "stack", "weight", "out", "shape", "site")

    def __init__(self, place, stack, weight, out, site):
        self.place, self.stack, self.weight, self.out, self.shape, self.site = place, stack, weight, Copy(out), out.shape, site


class Found:
    """A selection that is a router's: where it was made and how it is seen again."""

    def __init__(self, router, decision, projection, owner, stack, experts, holder):
        self.router, self.decision, self.projection, self.owner, self.stack, self.experts, self.holder = router, decision, projection, owner, stack, experts, holder
        self.places, self.ordinals, self.projection_ordinal = {projection.place}, [], 0
        self.weights_from = self.mask_from = None             # ("output", module, path), ("local", function, name) or ("einsum", call, operand), then the shape
        self.elements_ran = False
        self.einsums = 0                                       # calls since it was made


class Discovery:
    """One pass of one root. `before` and `after` are called around every module's call, the other two by a calls.Watch."""

    def __init__(self, root):
        self.root = root
        self.found, self.skipped = [], {}
        self._names = {}
        for name, module in root.named_modules():
            self._names.setdefault(id(module), name)
        self._parameters = {}
        for name, parameter in root.named_parameters():
            self._parameters.setdefault(id(parameter), (name, parameter))
        self._stack = []
        self._count = 0
        self._projections = collections.deque(maxlen=MOST_PROJECTIONS)
        self._choices = []                                     # (stack, experts, place)
        find_imported(root.modules())

    @property
    def places(self):
        return list(ORIGINALS)

    def before(self, module):
        self._count += 1
        for found in self.found:
            if found.holder in self._stack:
                if any(module is element for element in found.experts.elements):
                    found.elements_ran = True
                    self._look_at_locals(found)
        self._stack.append(Entry(module, self._count, site_of(sys._getframe(2))))

    def after(self, out):
        entry = self._stack[-1]
        for found in self.found:
            if entry in found.stack and entry.number >= found.holder.number and found.weights_from is None:
                self._look_at(found, [(("output", entry.module, path), tensor) for path, tensor in tensors_in(out)])

    def leave(self):
        self._stack.pop()

    def on_projection(self, place, weight, out):
        if self._stack and 2 <= out.shape[-1] <= MOST_EXPERTS:
            self._projections.append(Projection(place, tuple(self._stack), weight, out, site_of(sys._getframe(2))))

    def on_einsum(self, operands):
        for found in self.found:
            if found.holder in self._stack and found.weights_from is None:
                shapes = ((number, operand, applied.shape_of(operand, found.decision.tokens, found.router.experts, 0)) for number, operand in enumerate(operands) if isinstance(operand, torch.Tensor))
                self._look_at(found, [(("einsum", found.einsums, number), operand) for number, operand, shape in shapes if shape == "capacity"], with_mask=False)
                found.einsums += 1

    def on_choice(self, choice):
        if not self._stack or choice.scores.dim() < 2 or not choice.scores.numel() or not choice.scores.is_floating_point():
            return
        count = choice.scores.shape[-1]
        stack = tuple(self._stack)
        self._choices.append((stack, count, choice.function))
        if not 2 <= count <= MOST_EXPERTS:
            return
        alike = [(self._common(projection.stack, stack), projection) for projection in self._projections
                 if projection.shape[-1] == count and projection.shape.numel() == choice.scores.numel()]
        alike = [(owner, projection) for owner, projection in alike if owner is not None]
        if not alike:
            if choice.function[1] == "topk":
                across = any(p.shape[-1] == choice.scores.shape[-2] and p.shape.numel() == choice.scores.numel() for p in self._projections)
                self._skip(stack[-1], "it chooses tokens for experts, not experts for tokens" if across else f"its top-k ranks {count} values that no weight of the model scores")
            return
        deepest = max(owner.number for owner, _ in alike)
        here = [(owner, projection) for owner, projection in alike if owner.number == deepest]
        owner, projection = next(((o, p) for o, p in here if "noise" not in self._name_of(p)[0]), here[0])
        earlier = next((found for found in self.found if found.owner is owner and found.router.experts == count), None)
        if earlier is not None:
            self._join(earlier, choice)
            return
        _, weight = self._name_of(projection)
        outwards = [entry.module for entry in reversed(stack[:stack.index(owner) + 1])]
        experts = evidence.find(outwards, count, weight)
        if experts is None:
            if choice.function[1] == "topk":
                self._skip(stack[-1], f"its top-k chooses from {count} values, and there are no {count} experts beside it")
            return
        holder = next(entry for entry in reversed(stack) if entry.module is experts.holder)
        self._begin(choice, projection, owner, stack, experts, holder)

    def finish(self):
        """Found routers in the order in which they decided; a later call of the same router is in the list again."""
        kept = []
        for found in self.found:
            if found.experts.are_listed and not found.elements_ran:
                self._skip(found.owner.module, f"the {found.router.experts} modules beside it did not run after it had chosen")
                continue
            kept.append(found)
            self._learn(found)
        self._projections.clear()
        names = {plain_name(self._names.get(id(found.owner.module), "")) for found in kept}
        self.skipped = {(name, reason): None for name, reason in self.skipped if name not in names}
        return kept

    def _begin(self, choice, projection, owner, stack, experts, holder):
        count = choice.scores.shape[-1]
        name, weight = self._name_of(projection)
        owner_name = self._names.get(id(owner.module), "")
        own = plain_name(name[:-len(".weight")] if name.endswith(".weight") else name) or plain_name(owner_name) or type(owner.module).__name__
        router = Router(own, [name[:-len(".weight")] if name.endswith(".weight") else name, plain_name(owner_name), owner_name], count, choice.k)
        router.weight = weight
        decision = Decision(router, choice.scores.numel() // count)
        decision.logits = projection.out
        decision.add(choice, Copy)
        found = Found(router, decision, projection, owner, stack, experts, holder)
        found.places.add(choice.function)
        found.ordinals = [self._ordinal(owner, count)]
        found.projection_ordinal = [p for p in self._projections if owner in p.stack and p.shape[-1] == count].index(projection)
        within = [(os.path.abspath(frame.f_code.co_filename), frame.f_lineno) for frame in user_frames(sys._getframe(3)) if frame.f_locals.get("self") is owner.module]
        site = site_of(sys._getframe(3))
        if owner is holder or owner.site is None:
            router.sources = [(*place, "call") for place in (projection.site, site, *within) if place]
        else:
            forward = getattr(type(owner.module).forward, "__code__", None)
            lines = [(os.path.abspath(forward.co_filename), forward.co_firstlineno)] if forward else []
            router.sources = [(*owner.site, "call")] + [(*place, "forward") for place in (*lines, projection.site, site, *within) if place]
        router.sources = list(dict.fromkeys(router.sources))
        self.found.append(found)

    def _join(self, found, choice):
        """Another selecting call of the same scores: a further slot where it chooses others than before, otherwise only a look at what was chosen."""
        if choice.k != 1 or len(found.decision.choices) >= found.router.experts - 1:
            return
        before, now = found.decision.chosen(), choice.indices.detach().cpu().reshape(found.decision.tokens, 1)
        if found.decision.choices[0][1].numel() != before.shape[0] or bool((before == now).any()):
            return
        found.decision.add(choice, Copy)
        found.router.k += 1
        found.places.add(choice.function)
        found.ordinals.append(self._ordinal(found.owner, found.router.experts))

    def _ordinal(self, owner, count):
        return sum(1 for stack, experts, _ in self._choices if owner in stack and experts == count) - 1

    def _look_at_locals(self, found):
        if found.weights_from is not None:
            return
        modules = {id(entry.module) for entry in found.stack if entry.number >= found.holder.number}
        for frame in itertools.islice(user_frames(sys._getframe(2)), MOST_FRAMES):
            if "self" in frame.f_locals and id(frame.f_locals["self"]) not in modules:
                break
            named = [(("local", frame.f_code.co_name, name), value) for name, value in frame.f_locals.items() if isinstance(value, torch.Tensor)]
            self._look_at(found, named)
            if found.weights_from is not None:
                return

    def _look_at(self, found, named, with_mask=True):
        decision, router = found.decision, found.router
        chosen = decision.chosen()
        values = None if decision.choices[0][0] is None or len(decision.choices) > 1 else decision.choices[0][0].value().reshape(decision.tokens, -1)[:, :router.k].float()
        weights, mask = applied.find(named, chosen, values, router.experts)
        tensors = dict(named)
        if with_mask and mask is not None and found.mask_from is None:
            found.mask_from, decision.mask = mask, (mask[1], Copy(tensors[mask[0]]))
        if weights is not None:
            found.weights_from, decision.weights = weights, (weights[1], Copy(tensors[weights[0]]))
            self._fit_k(found)

    def _fit_k(self, found):
        """A call may rank more than are used (k + 1 for a threshold, or all): weights beside the first k are 0 everywhere."""
        shape, copy = found.decision.weights
        if shape == "slots" or len(found.decision.choices) > 1:
            return
        on_slots = applied.on_slots(copy.value(), shape, found.decision.chosen(), found.router.experts)
        used = int((on_slots != 0).any(0).sum())
        if shape == "dense" and 0 < used < found.router.k and not bool((on_slots[:, used:] != 0).any()):
            found.router.k = used
            found.router.no_changes = "the program ranks more experts than it uses, so that what is put in place of its choice would not fit"

    def _learn(self, found):
        router, decision = found.router, found.decision
        with torch.no_grad():
            logits, ranked, chosen = decision.logits_on_host(), decision.scores.value().reshape(decision.tokens, -1).float(), decision.chosen()
            weights = None if decision.weights is None else applied.on_slots(decision.weights[1].value().float(), decision.weights[0], chosen, router.experts)
            if decision.mask is not None or (decision.weights is not None and decision.weights[0] == "capacity"):
                router.capacity = True
                router.no_changes = "the program drops tokens after it has chosen; a stop shows what was dropped, and is too late for a change"
            router.rule = rules.learn(logits, ranked, chosen, weights, router.k)
            scores = {"softmax": logits.softmax(-1), "sigmoid": logits.sigmoid()}.get(router.rule.get("scores"))
            router.ranks_plain_scores = scores is not None and router.rule.get("ranks") == "scores" and torch.allclose(ranked, scores, rtol=1e-2, atol=1e-4)
        router.observed = ["router_logits", "selection_scores", "selected_experts"] + (["routing_weights"] if decision.weights is not None else []) \
            + (["router_scores"] if router.ranks_plain_scores else [])
        router.derived = (["routing_weights"] if decision.weights is None and "weights" in router.rule else []) + (["router_scores"] if "scores" in router.rule and not router.ranks_plain_scores else [])

    def _name_of(self, projection):
        """(name, parameter) of the weight that a projection was made with; ("", None) where it is no parameter of the model."""
        weight = projection.weight
        if id(weight) in self._parameters:
            return self._parameters[id(weight)]
        base = weight._base if weight._base is not None else weight
        if id(base) in self._parameters:
            return self._parameters[id(base)]
        for entry in reversed(projection.stack):               # a copy in another precision
            alike = [self._parameters[id(p)] for p in entry.module.parameters(recurse=False) if id(p) in self._parameters and sorted(p.shape) == sorted(weight.shape)]
            if alike:
                return alike[0]
        return "", None

    @staticmethod
    def _common(one, other):
        """The innermost call that both were made in."""
        common = None
        for a, b in zip(one, other):
            if a is not b:
                break
            common = a
        return common

    def _skip(self, entry, reason):
        module = entry.module if isinstance(entry, Entry) else entry
        self.skipped.setdefault((plain_name(self._names.get(id(module), "")) or type(module).__name__, reason))
