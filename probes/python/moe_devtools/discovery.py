"""Finds the routers of a model while its first pass runs: what is projected onto N values by a weight, ranked by a selecting call, and has N experts beside it."""
import collections
import itertools
import os
import sys

import torch

from . import applied, catalogue, evidence, rules
from .calls import ORIGINALS, find_imported
from .decisions import Decision
from .routers import Router, plain_name, site_of, user_frames
from .tensors import Copy, tensors_in

MOST_EXPERTS = 4096
MOST_PROJECTIONS = 64      # that are remembered at a time
MOST_FRAMES = 8            # from an expert's call outwards, whose variables are looked at


class Entry:
    """One call of a module."""

    __slots__ = ("module", "number", "site", "called")

    def __init__(self, module, number, site):
        self.module, self.number, self.site, self.called = module, number, site, {}       # called: by id, what each module that runs within it was first given


class Projection:
    __slots__ = ("place", "stack", "weight", "out", "shape", "site", "scaled")

    def __init__(self, place, stack, weight, out, site):
        self.place, self.stack, self.weight, self.out, self.shape, self.site = place, stack, weight, Copy(out), out.shape, site
        self.scaled = None                                     # (module, Copy): what a module around it made of it, by one factor for all


class Found:
    """A selection that is a router's: where it was made and how it is seen again."""

    def __init__(self, router, decision, projection, owner, stack, experts, holder):
        self.router, self.decision, self.projection, self.owner, self.stack, self.experts, self.holder = router, decision, projection, owner, stack, experts, holder
        self.places, self.ordinals, self.projection_ordinal = set() if projection is None else {projection.place}, [], 0
        self.logits_from = None                                # the module whose output they are, where it scales what the weight projects
        self.is_read = False                                   # its choice is what catalogue.py reads in the output of the owner
        self.weights_from = self.mask_from = None             # ("output", module, path), ("local", function, name) or ("einsum", call, operand), then the shape
        self.calls = []                                        # (values Copy or None, indices Copy, ordinal, place) of all that choose one among the experts
        self.elements_ran = False
        self.einsums = 0                                       # calls since it was made
        self.frames = []                                       # of the user's code, from the choice to the holder, while they run
        self.late_weights = None                               # as `decision.weights`, seen where later passes do not look


class Discovery:
    """One pass of one root. `before` and `after` are called around every module's call, the other two by a calls.Watch."""

    def __init__(self, root, named=None):
        """`named`: the module that names are taken from, where it is not the root."""
        self.root = root
        self.found, self.skipped = [], {}
        self.ran = set()                                       # ids of the modules that were called
        self._names = {}
        for name, module in (named or root).named_modules():
            self._names.setdefault(id(module), name)
        self._parameters = {}
        for name, parameter in (named or root).named_parameters():
            self._parameters.setdefault(id(parameter), (name, parameter))
        self._stack = []
        self._count = 0
        self._projections = collections.deque(maxlen=MOST_PROJECTIONS)
        self._choices = []                                     # (stack, experts, place)
        find_imported()

    @property
    def places(self):
        return list(ORIGINALS)

    def before(self, module, args):
        self._count += 1
        self.ran.add(id(module))
        given = next(((tensor.data_ptr(), tensor.shape) for tensor in args if isinstance(tensor, torch.Tensor)), None)
        for entry in self._stack:
            entry.called.setdefault(id(module), given)
        for found in self.found:
            if found.holder in self._stack and any(module is element for element in found.experts.elements):
                found.elements_ran = True
                self._look_at_locals(found)
        self._stack.append(Entry(module, self._count, site_of(sys._getframe(2))))

    def after(self, out):
        entry = self._stack[-1]
        projection = self._projections[-1] if self._projections else None
        if projection is not None and entry in projection.stack and isinstance(out, torch.Tensor) and out.shape == projection.shape and _is_scaled(projection.out.value(), out):
            projection.scaled = entry.module, Copy(out)
        said = catalogue.read(entry.module, out)
        if said is not None and not any(entry in found.stack for found in self.found):
            self._begin_read(entry, said)
        for found in self.found:
            if entry in found.stack and entry.number >= found.holder.number and found.weights_from is None:
                self._look_at(found, [(("output", entry.module, path), tensor) for path, tensor in tensors_in(out)])

    def leave(self):
        self._stack.pop()

    def give_way(self):
        """The program says itself what is decided in the module that runs."""
        self.found = [found for found in self.found if found.holder not in self._stack]

    def start(self):
        """Sees functions return, where nobody else does."""
        if sys.getprofile() is None:
            sys.setprofile(self._on_profile)

    def stop(self):
        if getattr(sys.getprofile(), "__self__", None) is self:
            sys.setprofile(None)

    def _on_profile(self, frame, event, argument):
        if event == "return":
            for found in self.found:
                if any(frame is running for running in found.frames):
                    found.frames.remove(frame)
                    if found.weights_from is None:
                        self._look_at(found, [(("late", name), tensor) for name, value in frame.f_locals.items() for tensor in self._as_slots(found, value)], with_mask=False)

    @staticmethod
    def _as_slots(found, value):
        """A tensor; or, of a list with one for each slot, all of them side by side."""
        if isinstance(value, torch.Tensor):
            return [value]
        is_list = isinstance(value, (list, tuple)) and len(value) == found.router.k > 1 and all(isinstance(part, torch.Tensor) and part.shape == (found.decision.tokens,) for part in value)
        return [torch.stack([part.detach() for part in value], 1)] if is_list else []

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
            found.frames.clear()
            if found.experts.are_listed and not found.elements_ran and not self._ran_side_by_side(found):
                self._skip(found.owner.module, f"the {found.router.experts} modules beside it did not run after it had chosen, nor side by side before")
                continue
            if found.router.k >= found.router.experts and not found.is_read:
                self._skip(found.owner.module, f"it ranks all of {found.router.experts} experts, and how many of them are used is not seen")
                continue
            kept.append(found)
            self._learn(found)
        self._projections.clear()
        names = {plain_name(self._names.get(id(found.owner.module), "")) for found in kept}
        self.skipped = {(name, reason): None for name, reason in self.skipped if name not in names}
        return kept

    @staticmethod
    def _ran_side_by_side(found):
        """All experts were given the same before the choice among what they made of it; layers one after the other are given what the one before made."""
        given = {found.holder.called.get(id(element)) for element in found.experts.elements}
        return len(given) == 1 and None not in given

    def _begin(self, choice, projection, owner, stack, experts, holder):
        count = choice.scores.shape[-1]
        names, weight = self._names_of(owner, holder, projection)
        taken = {found.router.name for found in self.found if found.owner is owner}
        name = next((name for name in map(plain_name, names) if name and name not in taken), type(owner.module).__name__)
        router = Router(name, [*map(plain_name, names), *names], count, choice.k)
        router.weight = weight
        decision = Decision(router, choice.scores.numel() // count)
        decision.logits = projection.out
        decision.add(choice)
        found = Found(router, decision, projection, owner, stack, experts, holder)
        if projection.scaled is not None:
            found.logits_from, decision.logits = projection.scaled
        found.places.add(choice.function)
        found.ordinals = [self._ordinal(owner, count)]
        self._note(found, choice)
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
        found.frames = [frame for frame in itertools.islice(user_frames(sys._getframe(3)), MOST_FRAMES) if self._is_within(frame, found)]
        self.found.append(found)

    def _names_of(self, owner, holder, projection):
        """(names, weight): of the module that routes, which is the owner, or, where that has the experts too, what scores in it; of the weight; of the owner. The first that is there is the router's."""
        weight, parameter = self._name_of(projection)
        scores = owner if owner is not holder else next(iter(projection.stack[projection.stack.index(owner) + 1:]), None)
        names = ["" if scores is None else self._names.get(id(scores.module), ""), weight[:-len(".weight")] if weight.endswith(".weight") else weight, self._names.get(id(owner.module), "")]
        return names, parameter

    def _begin_read(self, entry, said):
        """A router whose class is known, and whose choice was not seen."""
        seen = [projection for projection in self._projections if entry in projection.stack]
        count = catalogue.experts_of(said) or (seen[-1].shape[-1] if seen else None)
        if count is None:
            self._skip(entry.module, f"{type(entry.module).__name__} is known to choose experts, and neither its choice nor its scores are seen")
            return
        projection = next((projection for projection in reversed(seen) if projection.shape[-1] == count), None)
        names, weight = ([self._names.get(id(entry.module), "")], None) if projection is None else self._names_of(entry, None, projection)
        router = Router(plain_name(names[0]) or type(entry.module).__name__, [*map(plain_name, names), *names], count, None)
        router.weight = weight
        router.no_changes = "it chooses in a function that the probe does not see into"
        decision = catalogue.decide(router, said, None if projection is None else projection.out)
        stack = tuple(self._stack)
        found = Found(router, decision, projection, entry, stack, evidence.Experts(entry.module, [], False), entry)
        found.is_read = True
        found.projection_ordinal = 0 if projection is None else [p for p in seen if p.shape[-1] == count].index(projection)
        forward = type(entry.module).forward.__code__
        router.sources = [(*entry.site, "call")] if entry.site else []
        router.sources.append((os.path.abspath(forward.co_filename), forward.co_firstlineno, "forward"))
        self.found.append(found)

    def _join(self, found, choice):
        """Another selecting call of the same scores: a further slot where it chooses others than before, otherwise only a look at what was chosen."""
        self._note(found, choice)
        if choice.k != 1 or len(found.decision.choices) >= found.router.experts - 1:
            return
        before, now = found.decision.chosen(), choice.indices.detach().cpu().reshape(found.decision.tokens, 1)
        if found.decision.choices[0][1].numel() != before.shape[0] or bool((before == now).any()):
            return
        found.decision.add(choice)
        found.router.k += 1
        found.places.add(choice.function)
        found.ordinals.append(self._ordinal(found.owner, found.router.experts))

    def _note(self, found, choice):
        if choice.k == 1:
            found.calls.append((None if choice.values is None else Copy(choice.values), Copy(choice.indices), self._ordinal(found.owner, found.router.experts), choice.function))

    def _ordinal(self, owner, count):
        return sum(1 for stack, experts, _ in self._choices if owner in stack and experts == count) - 1

    def _look_at_locals(self, found):
        if found.weights_from is not None:
            return
        for frame in itertools.islice(user_frames(sys._getframe(2)), MOST_FRAMES):
            if not self._is_within(frame, found):
                break
            named = [(("local", frame.f_code.co_name, name), value) for name, value in frame.f_locals.items() if isinstance(value, torch.Tensor)]
            self._look_at(found, named)
            if found.weights_from is not None:
                return

    @staticmethod
    def _is_within(frame, found):
        """The frame is of the router's holder or of what it calls."""
        return "self" not in frame.f_locals or any(entry.module is frame.f_locals["self"] for entry in found.stack if entry.number >= found.holder.number)

    def _look_at(self, found, named, with_mask=True):
        decision, router = found.decision, found.router
        if found.is_read:
            return
        self._fit_k(found, [tensor for _, tensor in named])
        chosen = decision.chosen()
        values = None if decision.choices[0][0] is None or len(decision.choices) > 1 else decision.choices[0][0].value().reshape(decision.tokens, -1)[:, :router.k].float()
        weights, mask = applied.find(named, chosen, values, router.experts)
        tensors = dict(named)
        if with_mask and mask is not None and found.mask_from is None:
            found.mask_from, decision.mask = mask, (mask[1], Copy(tensors[mask[0]]))
        if weights is not None:
            seen = weights[1], Copy(tensors[weights[0]])
            if weights[0][0] == "late":
                found.late_weights = found.late_weights or seen
            else:
                found.weights_from, decision.weights = weights, seen
            self._fit_k_to(found, *seen)

    @staticmethod
    def _fit_k(found, tensors):
        """A call may rank more than are used, all of them when it sorts: what the program keeps is the first k columns of what was chosen."""
        decision, router = found.decision, found.router
        if len(found.calls) > 1 and Discovery._fit_calls(found, tensors) or len(decision.choices) > 1 or router.k < 2:
            return
        chosen = decision.chosen()
        for tensor in tensors:
            k = tensor.shape[-1] if tensor.dim() >= 2 else 0
            if 0 < k < router.k and tensor.numel() == k * decision.tokens and not tensor.is_floating_point() and torch.equal(tensor.detach().cpu().reshape(-1, k).long(), chosen[:, :k]):
                router.k = k

    @staticmethod
    def _fit_calls(found, tensors):
        """Of several calls that choose one expert each, those are the router's whose results stand side by side in an integer tensor that the experts are called with."""
        decision = found.decision
        results = [(call, call[1].value().reshape(-1).long()) for call in reversed(found.calls)]
        for tensor in tensors:
            k = tensor.shape[-1] if tensor.dim() >= 2 else 0
            if 1 < k <= len(found.calls) and tensor.numel() == k * decision.tokens and not tensor.is_floating_point():
                columns = tensor.detach().cpu().reshape(-1, k).long().unbind(1)
                calls = [next((call for call, result in results if torch.equal(result, column)), None) for column in columns]
                if None not in calls and len(set(call[2] for call in calls)) == k:
                    decision.choices, found.ordinals, found.router.k = [call[:2] for call in calls], [call[2] for call in calls], k
                    found.places |= {call[3] for call in calls}
                    return True
        return False

    @staticmethod
    def _fit_k_to(found, shape, copy):
        """The same by dense weights: those beside the first k are 0 everywhere."""
        if shape == "slots" or len(found.decision.choices) > 1:
            return
        on_slots = applied.on_slots(copy.value(), shape, found.decision.chosen(), found.router.experts)
        used = int((on_slots != 0).any(0).sum())
        if shape == "dense" and 0 < used < found.router.k and not bool((on_slots[:, used:] != 0).any()):
            found.router.k = used

    def _learn(self, found):
        router, decision = found.router, found.decision
        with torch.no_grad():
            logits, ranked, chosen = decision.logits_on_host(), decision.scores_on_host(), decision.chosen()
            if decision.weights is None and decision.mask is not None and decision.mask[1].value().is_floating_point():
                decision.weights, found.weights_from = decision.mask, found.mask_from          # a hard choice is its own weight
            seen = decision.weights or found.late_weights
            weights = None if seen is None else applied.on_slots(seen[1].value().float(), seen[0], chosen.clamp(min=0), router.experts)
            dropped = bool((chosen < 0).any()) or decision.mask is not None and bool((applied.on_slots(decision.mask[1].value().long(), decision.mask[0], chosen, router.experts) == 0).any())
            if dropped or any(shape == "capacity" for shape, _ in filter(None, (decision.mask, decision.weights))):
                router.capacity = True
                router.no_changes = router.no_changes or "the program drops tokens after it has chosen; a stop shows what was dropped, and is too late for a change"
            count = rules.MOST_ROWS
            router.rule = rules.learn(*(None if numbers is None else numbers[:count].tolist() for numbers in (logits, ranked, chosen, weights)))
            scores = None if "scores" not in router.rule else logits.softmax(-1) if router.rule["scores"] == "softmax" else logits.sigmoid()
            router.ranks_plain_scores = scores is not None and ranked is not None and router.rule.get("ranks") == "scores" and torch.allclose(ranked, scores, rtol=1e-2, atol=1e-4)
        router.observed = [name for name, seen in (("router_logits", logits), ("selection_scores", ranked)) if seen is not None] + ["selected_experts"] + (["routing_weights"] if decision.weights is not None else []) \
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


def _is_scaled(projected, out):
    """A temperature was applied: one factor between both, other than 1."""
    with torch.no_grad():
        projected, out = projected.float(), out.detach().cpu().float()
        ratios = (out / projected)[projected.abs() > 1e-3]
        return ratios.numel() > 0 and bool((ratios - ratios[0]).abs().max() <= 1e-3 * ratios[0].abs()) and not torch.equal(projected, out)
