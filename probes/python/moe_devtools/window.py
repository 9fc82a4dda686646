"""Watches the routers of one module, once they are known: from the module's call to the moment when all is seen, and only while somebody wants it."""
import functools
import itertools
import sys

from .decisions import Decision
from .discovery import MOST_FRAMES
from .routers import user_frames
from .tensors import Copy, at_path


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
        self.reset()

    def reset(self):
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
        self.is_open = False
        outputs = {id(where[1]): where[1] for one in found for where in _wheres(one) if where[0] == "output"}
        elements = [element for one in found if "local" in _kinds(one) for element in one.experts.elements]
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

    def on_projection(self, out):
        for one in self.routers:
            if out.shape[-1] == one.router.experts:
                if one.projections == one.projection_ordinal:
                    one.logits = Copy(out)
                one.projections += 1

    def on_choice(self, choice):
        """The result in place of the call's own; None = as it is."""
        other = None
        for one in self.routers:
            if choice.scores.dim() < 2 or choice.scores.shape[-1] != one.router.experts or not choice.scores.numel():
                continue
            ordinal = one.choices
            one.choices += 1
            if ordinal not in one.ordinals or one.is_sent:
                continue
            if one.decision is None:
                one.decision = Decision(one.router, choice.scores.numel() // one.router.experts)
                one.decision.logits = one.logits if one.logits is not None and one.logits.numel() == choice.scores.numel() else None
            one.decision.add(choice, Copy)
            if one.is_complete and not one.router.capacity and self._probe.must_hold(one.decision):
                one.is_sent = True
                other = self._probe.hold(one.decision, choice if len(one.ordinals) == 1 else None)
        return other

    def on_einsum(self, operands):
        for one in self._pending():
            self._see(one, [where for where in _wheres(one) if where[0] == "einsum" and where[1] == one.einsums], lambda where: operands[where[2]] if where[2] < len(operands) else None)
            one.einsums += 1

    def _open(self, module, args):
        if not self._probe.wants(self.routers):
            return
        if self.is_open:                                       # the last call ended by an exception
            self._probe.close_window(self)
        for one in self.routers:
            one.reset()
        self._probe.open_window(self)

    def _see_output(self, module, args, out):
        if self.is_open:
            for one in self._pending():
                self._see(one, [where for where in _wheres(one) if where[0] == "output" and where[1] is module], lambda where: at_path(out, where[2]))

    def _see_locals(self, module, args):
        if not self.is_open or not any(self._pending()):
            return
        frames = list(itertools.islice(user_frames(sys._getframe(2)), MOST_FRAMES))

        def value_of(where):
            return next((frame.f_locals[where[2]] for frame in frames if frame.f_code.co_name == where[1] and where[2] in frame.f_locals), None)
        for one in self._pending():
            self._see(one, [where for where in _wheres(one) if where[0] == "local"], value_of)

    def _see(self, one, wheres, value_of):
        """Takes what is to be seen at `wheres`; sends the decision when nothing is missing."""
        if not wheres:
            return
        for where in wheres:
            for source, attribute in ((one.weights_from, "weights"), (one.mask_from, "mask")):
                if source is not None and source[0] is where and getattr(one.decision, attribute) is None:
                    tensor = value_of(where)
                    if tensor is not None:
                        setattr(one.decision, attribute, (source[1], Copy(tensor)))
        if (one.weights_from is None or one.decision.weights is not None) and (one.mask_from is None or one.decision.mask is not None):
            self._send(one)

    def _send(self, one):
        one.is_sent = True
        if self._probe.must_hold(one.decision):
            self._probe.hold(one.decision, None)
        else:
            self._probe.send(one.decision)

    def _pending(self):
        return [one for one in self.routers if one.is_complete and not one.is_sent]

    def _end(self, module, args, out):
        if not self.is_open:
            return
        for one in self._pending():
            self._send(one)
        self._probe.close_window(self)


def _wheres(one):
    return [source[0] for source in (one.weights_from, one.mask_from) if source is not None]


def _kinds(one):
    return {where[0] for where in _wheres(one)}


def _einsum_place():
    import torch
    return torch, "einsum"


_EINSUM = _einsum_place()
