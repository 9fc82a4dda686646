"""Watches the routers of one module, once they are known: from the module's call to the moment when all is seen, and only while somebody wants it."""
import functools
import itertools
import sys
import weakref

import torch

from . import applied, catalogue
from .decisions import Decision
from .discovery import MOST_FRAMES
from .routers import user_frames
from .tensors import Copy, all_finite, at_path


class Hook:
    """A hook of torch that is nothing in a copy or a pickle of the model, and needs no moe_devtools there."""

    def __init__(self, function):
        self._function = function

    def __call__(self, *args):
        return self._function(*args)

    def __reduce__(self):
        return functools.partial, (sys.audit, "moe_devtools.hook")     # a call without effect that every Python has


class Watched:
    """A router and how it is seen; made of a discovery.Found."""

    def __init__(self, found):
        self.router = found.router
        self.ordinals, self.projection_ordinal = found.ordinals, found.projection_ordinal
        self.weights_from, self.mask_from = found.weights_from, found.mask_from
        self.is_read, self.logits_from = found.is_read, None if found.logits_from is None else weakref.ref(found.logits_from)
        self.reset()

    def reset(self):
        self.changed = None                                    # (id of the verdict, what was put in place of the choice), until it is seen that the program took it
        self.every = None                                      # a Decision of all calls that choose one expert: an evaluation may make no others
        self.decision, self.projections, self.choices, self.einsums, self.logits, self.is_sent = None, 0, 0, 0, None, False

    @property
    def is_complete(self):
        return self.decision is not None and len(self.decision.choices) == len(self.ordinals)


class Window:
    """All routers of one owner. `probe` decides what is wanted and takes the decisions."""

    def __init__(self, probe, owner, holder, found):
        self._probe = probe
        self.routers = [Watched(one) for one in found]
        self.places = sorted({place for one in found for place in one.places | ({_EINSUM} if "einsum" in _kinds(one) else set())}, key=lambda place: (str(place[0]), place[1]))
        self.is_open = self._is_replaying = False
        self.watched = []
        self.called = None                                     # (step, pass) of its last call
        self._changed = []                                     # (scores as a Copy, what was put in place of their choice), until the step ends
        outputs = {id(where[1]): where[1] for one in found for where in _wheres(one) if where[0] == "output"}
        elements = [element for one in found if "local" in _kinds(one) for element in one.experts.elements]
        self._owner = weakref.ref(owner)
        if any(one.is_read for one in self.routers):
            outputs[id(owner)] = owner
        outputs.update((id(one.logits_from), one.logits_from) for one in found if one.logits_from is not None)
        owner.register_forward_pre_hook(Hook(self._open))
        for module in outputs.values():
            module.register_forward_hook(Hook(self._see_output))
        for element in {id(element): element for element in elements}.values():
            element.register_forward_pre_hook(Hook(self._see_locals))
        holder.register_forward_hook(Hook(self._end))
        if holder is not owner and not outputs and not elements:
            owner.register_forward_hook(Hook(self._end))       # nothing more is to be seen outside

    def abandon(self):
        """Forgets a call that did not come to its end."""
        self.is_open = False

    def forget(self):
        """The step has ended: nothing of it is computed again."""
        self._changed.clear()

    def on_projection(self, out):
        for one in self.routers:
            if out.shape[-1] == one.router.experts:
                if one.projections == one.projection_ordinal:
                    one.logits = Copy(out)
                one.projections += 1

    def on_choice(self, choice):
        """The result in place of the call's own; None = as it is."""
        if self._is_replaying:
            selected = next((selected for scores, selected in self._changed if _same(scores.value(), choice.scores)), None)
            return None if selected is None else choice.replaced(selected)
        other = None
        for one in self.routers:
            if choice.scores.dim() < 2 or choice.scores.shape[-1] != one.router.experts or not choice.scores.numel():
                continue
            ordinal = one.choices
            one.choices += 1
            if one.is_sent:
                continue
            if len(one.ordinals) > 1 and choice.k == 1:
                one.every = self._added(one, one.every, choice)
            if ordinal not in one.ordinals:
                continue
            if one.decision is None and one.logits is not None and self._probe.tests_only(one.router) and all_finite(one.logits.value()):
                one.is_sent = True
                continue
            one.decision = self._added(one, one.decision, choice)
            if one.is_complete and not one.router.capacity and self._probe.must_hold(one.decision):
                one.is_sent = True
                one.changed = self._probe.hold(one.decision, choice if len(one.ordinals) == 1 else None)
                if one.changed is not None:
                    selected = one.changed[1]
                    self._changed.append((one.decision.scores, selected))
                    self._probe.will_forget(self)
                    other = choice.replaced(selected)
        if not self._close_if_done() and all(one.is_sent or one.is_complete for one in self.routers):
            self._probe.narrow_window(self, [place for place in self.watched if place == _EINSUM and any("einsum" in _kinds(one) for one in self._pending())])
        return other

    @staticmethod
    def _added(one, decision, choice):
        if decision is None:
            decision = Decision(one.router, choice.scores.numel() // one.router.experts)
            decision.logits = one.logits if one.logits is not None and one.logits.numel() == choice.scores.numel() else None
        decision.add(choice)
        return decision

    def on_einsum(self, operands):
        for one in self._pending():
            self._see(one, [where for where in _wheres(one) if where[0] == "einsum" and where[1] == one.einsums], lambda where: operands[where[2]] if where[2] < len(operands) else None)
            one.einsums += 1

    def _open(self, module, args):
        self._is_replaying = bool(self._changed) and self._probe.is_recomputing()
        if not self._is_replaying and not self._probe.wants(self):
            return
        if self.is_open:                                       # the last call ended by an exception
            self._probe.close_window(self)
        for one in self.routers:
            one.reset()
        self._probe.open_window(self)

    def _see_output(self, module, args, out):
        if self.is_open and not self._is_replaying:
            for one in self.routers:
                if one.logits_from is not None and module is one.logits_from() and one.decision is None and isinstance(out, torch.Tensor):
                    one.logits = Copy(out)
                if one.is_read and module is self._owner() and not one.is_sent:
                    said = catalogue.read(module, out)
                    if said is not None:
                        one.decision = catalogue.decide(one.router, said, one.logits, one.router.k)
                        self._send(one)
            for one in self._pending():
                self._see(one, [where for where in _wheres(one) if where[0] == "output" and where[1] is module], lambda where: at_path(out, where[2]))

    def _see_locals(self, module, args):
        if not self.is_open:
            return
        self._take_every()
        if not any(self._pending()):
            return
        frames = list(itertools.islice(user_frames(sys._getframe(2)), MOST_FRAMES))

        def value_of(where):
            return next((frame.f_locals[where[2]] for frame in frames if frame.f_code.co_name == where[1] and where[2] in frame.f_locals), None)
        for one in self._pending():
            self._see(one, [where for where in _wheres(one) if where[0] == "local"], value_of)
        self._close_if_done()

    def _take_every(self):
        """Nothing more is chosen now."""
        for one in self.routers:
            if not one.is_complete and one.every is not None and len(one.every.choices) == len(one.ordinals):
                one.decision = one.every

    def _see(self, one, wheres, value_of):
        """Takes what is to be seen at `wheres`; sends the decision when nothing is missing."""
        if not wheres:
            return
        if one.is_sent:
            self._check(one, next((value_of(where) for where in wheres if where is one.weights_from[0]), None) if one.weights_from is not None else None)
            return
        for where in wheres:
            for source, attribute in ((one.weights_from, "weights"), (one.mask_from, "mask")):
                if source is not None and source[0] is where and getattr(one.decision, attribute) is None:
                    tensor = value_of(where)
                    if tensor is not None:
                        setattr(one.decision, attribute, (source[1], Copy(tensor)))
        if (one.weights_from is None or one.decision.weights is not None) and (one.mask_from is None or one.decision.mask is not None):
            self._send(one)

    def _check(self, one, weights):
        """A program may make its own choice of the values that it was given, by a threshold say: then it is not what was put in its place."""
        if weights is None or one.weights_from[1] == "slots":
            return
        (key, selected), one.changed = one.changed, None
        with torch.no_grad():
            used = applied.dense_of(weights.detach().cpu(), one.weights_from[1], len(selected), one.router.experts) != 0
            if bool((used & ~torch.zeros_like(used).scatter(1, selected, True)).any()):
                self._probe.refuse(key, "the program uses other experts than those that it was given: it chooses by their scores")

    def _send(self, one):
        one.is_sent = True
        if self._probe.must_hold(one.decision):
            self._probe.hold(one.decision, None)
        else:
            self._probe.send(one.decision)

    def _close_if_done(self):
        """Whether nothing more is to be seen of this call: its experts run as if nobody looked."""
        done = all(one.is_sent and one.changed is None for one in self.routers)
        if done:
            self._probe.close_window(self)
        return done

    def _pending(self):
        """Routers that have chosen and of which something is still to be seen."""
        return [one for one in self.routers if one.is_complete and (not one.is_sent or one.changed is not None)]

    def _end(self, module, args, out):
        if not self.is_open:
            return
        self._take_every()
        for one in self._pending():
            if not one.is_sent:
                self._send(one)
        self._probe.close_window(self)


def _same(scores, again):
    """Bit by bit, NaN for NaN: a recomputation ranks what was ranked."""
    again = again.detach().to(scores.device)
    return scores.shape == again.shape and bool(((scores == again) | (scores.isnan() & again.isnan())).all())


def _wheres(one):
    return [source[0] for source in (one.weights_from, one.mask_from) if source is not None]


def _kinds(one):
    return {where[0] for where in _wheres(one)}


_EINSUM = torch, "einsum"

