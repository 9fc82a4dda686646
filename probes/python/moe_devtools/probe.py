"""The conductor of a PyTorch program: watches its modules, and says to the session what they decide."""
import functools
import os
import sys
import threading
import weakref

import torch

from .calls import Watch, is_compiling
from .discovery import Discovery
from .routers import user_frames
from .rows import rows_of
from .session import Session
from .steps import Steps
from .tensors import from_column
from .window import Hook, Window

MOST_FRUITLESS = 8         # passes of one root without a router, after which it is left alone
MOST_STEPS = 64            # in which what has not run yet is looked for, and passes of one root that are looked at again
MOST_LOOKS = 400           # in a process: Python 3.12 stops specialising the calls of a type that was changed a thousand times


class Probe(Session):
    def __init__(self, address=None, token=None, root=None):
        self.framework = "torch " + torch.__version__
        self.pad_id = _int(os.environ.get("MOE_DEVTOOLS_PAD_ID"))
        self._known = weakref.WeakKeyDictionary()              # by owner: {how it is seen: router}
        self._open = []                                        # windows, the innermost last
        self._discovery = None
        self._unfinished = None                                # (Pass, discovery) of a first pass that raised
        self._fruitless = weakref.WeakKeyDictionary()
        self._roots = weakref.WeakSet()
        self._again = weakref.WeakSet()                        # roots whose next pass is looked at although they are known
        self._looked_at = weakref.WeakKeyDictionary()          # module: times that it was looked at again, or looked for
        self._unseen = weakref.WeakSet()                       # modules as those that route, which have not run yet
        self._parts = weakref.WeakSet()                        # of known roots, that were switched
        self._looks, self._steps_looked, self._steps_to_look = 0, 0, 1
        self._made, self._ran = 0, weakref.WeakKeyDictionary()     # optimizers; by root, how many there were in its last pass
        self._is_switching = False
        self._outer = weakref.WeakKeyDictionary()              # root: weakref of the module whose method calls it
        self._spanned = None                                   # (that module, roots that it has called, their Pass)
        self._hopeless = False
        self._moduleless = 0                                   # optimizer steps without one call of a root
        self._changed = []                                     # windows
        self._weights_then = None                              # checksums of the routers, where no optimizer says when a step ends
        super().__init__(address, token)
        self._watch = Watch(self._on_choice, self._on_projection, self._on_einsum)
        self._call = torch.nn.Module.__call__
        self._steps = Steps(self._before_step, self._after_step, self._on_backward, self._on_made)
        self._only_root = None if root is None else weakref.ref(root)
        self._watch_modes()
        self._look_for_roots()

    # -- what windows ask

    def wants(self, window):
        client, current = self._client, self._pass
        if current is None or client is None or (self._discovery is not None and self._discovery.root not in self._roots) or not client.is_alive or current.thread != threading.get_ident() \
                or not any(client.arming.wants(one.router.index) for one in window.routers) or is_compiling():
            return False
        again, window.called = window.called == (current.step, current.number), (current.step, current.number)
        return not (again and _is_in_backward())               # what is computed again was called before

    def open_window(self, window):
        window.is_open = True
        self._open.append(window)
        window.watched = window.places
        self._watch.open(window.places)

    def close_window(self, window):
        window.is_open = False
        if window in self._open:
            self._open.remove(window)
            self.narrow_window(window, [])

    def narrow_window(self, window, places):
        """Of what it watched, only `places` are still of use: what experts compute costs as little as without a probe."""
        self._watch.close([place for place in window.watched if place not in places])
        window.watched = places

    def tests_only(self, router):
        """Nobody wants the numbers of this router, only whether they are finite."""
        return self._client is not None and self._client.arming.tests_only(router.index)

    def is_recomputing(self):
        """A module is called again for the gradients. Where it is called by a backward pass of the thread itself, or after the forward pass has ended."""
        return self._pass is None or self._pass.thread != threading.get_ident() or _is_in_backward()

    def hold(self, decision, choice):
        """Waits for the verdict; its id and [tokens, k] in place of what was selected, None = as it is. `choice` = None where it is too late for another."""
        key, columns = self.ask(decision)
        if "selected_experts" not in columns:
            return None
        reason = decision.router.no_changes or ("another call has to choose for it" if choice is None else None) or _unfit(columns["selected_experts"], decision)
        if reason is not None:
            self.refuse(key, reason)
            return None
        return key, from_column(columns["selected_experts"])

    def will_forget(self, window):
        """A window has changed a choice, and makes the same change where it is computed again, until the step ends."""
        self._changed.append(window)

    def observe(self, name, logits, selected, weights, site):
        if self._discovery is not None:
            self._discovery.give_way()
        return super().observe(name, logits, selected, weights, site)

    # -- passes

    def begin_pass(self, root, arguments, named):
        """The root is called; also describes the routers where a daemon has come since."""
        if self._pass is not None and self._pass.thread != threading.get_ident():
            return False
        self._abandon()
        self._unfinished = None
        if self._is_suspended:
            self._await_daemon(None)
        phase = "train" if root.training and (torch.is_grad_enabled() or _is_called_from({_CHECKPOINT: None})) else "eval"
        if phase == "train":
            self._end_step_by_weights()
        self._ran[root] = self._made
        outer = self._outer.get(root)
        outer = None if outer is None else outer()
        spanned = self._spanned
        if spanned is not None and outer is spanned[0] and root not in spanned[1] and spanned[2].step == self._step:
            spanned[1].add(root)
            self._pass = spanned[2]
        else:
            if root in self._roots:
                self._say_first()
            self._pass = self._new_pass(phase, rows_of(root, arguments, named, self.pad_id))
            self._pass.root = weakref.ref(root)
            self._spanned = None if outer is None else (outer, weakref.WeakSet([root]), self._pass)
        if self.routers and not self._first and not self._is_described and self._client is not None and self._client.is_alive:
            self._describe()
        return True

    def _end_pass(self):
        self._abandon()
        self._pass = None
        if self._client is not None:
            self._client.write()                               # while gradients are computed: in the pass it would wait for the program's Python, and the program for it

    def _abandon(self):
        for window in self._open:
            window.abandon()
        self._open.clear()
        self._watch.close_all()

    # -- finding

    def _look_for_roots(self, steps=1):
        """From the start, and whenever more may run: to the end of so many steps at least, and as long as an optimizer or a root is waited for."""
        if self._hopeless or self._looks >= MOST_LOOKS:
            return
        self._steps_looked, self._steps_to_look = 0, steps
        original, probe = self._call, self

        def call(module, *args, **kwargs):
            if probe._discovery is not None:
                return probe._call_within(module, original, args, kwargs)
            if (probe._pass is None or probe._has_failed()) and probe._is_root(module):
                return probe._call_root(module, original, args, kwargs)
            return original(module, *args, **kwargs)

        if torch.nn.Module.__call__ is original:
            torch.nn.Module.__call__ = call
            self._looks += 1

    def _on_made(self):
        """A new optimizer is for a new model."""
        self._made += 1
        self._look_for_roots()

    def _watch_modes(self):
        """A model that is switched to training or evaluation is about to be called: it may be another than those that are known."""
        original, probe = torch.nn.Module.train, self

        @functools.wraps(original)
        def train(module, mode=True):
            if probe._is_switching:                            # a part of what is switched
                return original(module, mode)
            probe._is_switching = True
            try:
                return original(module, mode)
            finally:
                probe._is_switching = False
                probe._on_mode(module)

        self._train, torch.nn.Module.train = original, train

    def _on_mode(self, module):
        if not self.routers or self._process != os.getpid() or is_compiling() or module in self._parts or self._times_looked_at(module) >= MOST_FRUITLESS or not any(True for _ in module.children()):
            return
        if any(module is part for root in self._roots for part in root.modules()):
            self._parts.add(module)                            # some do it in each step
        else:
            self._looked_at[module] = self._times_looked_at(module) + 1
            self._look_for_roots(steps=2)                      # it may be called when this step is over

    def _times_looked_at(self, module):
        return self._looked_at.get(module, 0)

    def _is_root(self, module):
        if self._hopeless or self._process != os.getpid() or is_compiling():
            return False
        if module in self._roots:
            return module in self._again and not _is_in_backward()
        if any(type(part).__name__ == "OptimizedModule" or getattr(part, "_compiled_call_impl", None) is not None for part in module.modules()):
            self._give_up("torch.compile: the probe stays out of compiled models, so that it breaks no graph; run without compiling to debug the routers")
            return False
        only = None if self._only_root is None else self._only_root()
        if only is not None and not any(part is only for part in module.modules()) and not any(part is module for part in only.modules()):
            return False
        if self._fruitless.get(module, 0) >= MOST_FRUITLESS or not any(True for _ in module.children()):
            return False
        return not any(module is part for root in self._roots for part in root.modules()) and not _is_in_backward()

    def _give_up(self, reason):
        self._hopeless = True
        self._notes.append(reason)
        torch.nn.Module.__call__ = self._call

    def _call_root(self, root, original, args, kwargs):
        outer = _outermost(root)
        if outer is not root:
            self._outer[root] = weakref.ref(outer)
        before = self._passes, self._micro_batches, self._trained
        if not self.begin_pass(root, args, kwargs):
            return original(root, *args, **kwargs)
        self._again.discard(root)
        self._discovery = discovery = Discovery(root, outer)
        self._watch.open(discovery.places)
        discovery.start()
        self._unfinished = (self._pass, discovery)
        try:
            out = self._call_within(root, original, args, kwargs)
            self._unfinished = None
            return out
        finally:
            discovery.stop()
            self._watch.close(discovery.places)
            self._discovery = None
            if self._unfinished is None and not self._finish(discovery):
                self._passes, self._micro_batches, self._trained = before       # it was no pass of routers
            self._end_pass()

    def _call_within(self, module, original, args, kwargs):
        discovery = self._discovery
        if self._pass.thread != threading.get_ident():
            return original(module, *args, **kwargs)
        discovery.before(module, args)
        try:
            out = original(module, *args, **kwargs)
            discovery.after(out)
            return out
        finally:
            discovery.leave()

    def _finish(self, discovery):
        found = discovery.finish()
        self._skipped.update(discovery.skipped)
        root, owners, new = discovery.root, {}, set()
        is_known, was_described = root in self._roots, self._is_described
        if not found and not is_known:
            self._fruitless[discovery.root] = self._fruitless.get(discovery.root, 0) + 1
            return False
        for one in found:
            of_owner = self._known.setdefault(one.owner.module, {})
            known = of_owner.get((one.projection_ordinal, tuple(one.ordinals), one.router.experts))
            if known is None:
                known = of_owner[one.projection_ordinal, tuple(one.ordinals), one.router.experts] = one.router
                known.root = weakref.ref(root)
                self._add(known, type(root).__name__)
                new.add(known)
                owners.setdefault((id(one.owner.module), id(one.holder.module)), []).append(one)
            one.decision.router = known
            if not is_known or known in new:                   # the others were seen by their windows
                self._first.append((self._pass, one.decision))
        self._weights_then = self._checksums()
        self._roots.add(root)
        if not is_known:
            root.register_forward_pre_hook(Hook(self._root_begins))             # before a window's, which may be of the root itself
        for ones in owners.values():
            Window(self, ones[0].owner.module, ones[0].holder.module, ones)     # lives as long as the modules that it hooks
        if not is_known:
            root.register_forward_hook(Hook(self._root_ends))
        self._expect_others(discovery)
        if is_known and was_described and not self._is_described:
            self._say_first()                                  # no other model's first pass is to be waited for
        return True

    def _expect_others(self, discovery):
        """Modules as those that route, which this pass left out, may run later: where one does, the next pass of their root is looked at again."""
        kinds, root = {type(owner) for owner in self._known}, weakref.ref(discovery.root)

        def expect(module):
            def came(module, args):
                if is_compiling():
                    return
                handle.remove()
                self._unseen.discard(module)
                again = root()
                if again is not None and self._times_looked_at(again) < MOST_STEPS:
                    self._looked_at[again] = self._times_looked_at(again) + 1
                    self._again.add(again)
                    self._look_for_roots()

            self._unseen.add(module)
            handle = module.register_forward_pre_hook(Hook(came))

        for module in discovery.root.modules():
            if type(module) in kinds and id(module) not in discovery.ran and module not in self._known and module not in self._unseen:
                expect(module)

    def _is_gone(self, router):
        """Also where its model has not run since an optimizer was made: a notebook makes both again, while something still holds the old ones."""
        if super()._is_gone(router) or router.root() is None:
            return True
        return router.step != self._step and self._ran.get(router.root(), self._made) != self._made

    def _root_begins(self, module, args):
        if is_compiling() or self._process != os.getpid() or self._discovery is not None:
            return
        if self._pass is not None and self._pass.thread == threading.get_ident() and (self._pass.root() is module or self._has_failed()):
            self._end_pass()
        if self._pass is None and not _is_in_backward():
            self.begin_pass(module, args, _named_arguments(sys._getframe(2)))

    def _has_failed(self):
        """The pass ended by an exception, and the program went on."""
        return self._pass.thread == threading.get_ident() and not _is_running(self._pass.root())

    def _root_ends(self, module, args, out):
        if self._pass is not None and self._pass.thread == threading.get_ident() and self._discovery is None and (self._pass.root() is module or self._spanned is not None):
            self._end_pass()

    def _on_projection(self, place, weight, out):
        if self._discovery is not None:
            self._discovery.on_projection(place, weight, out)
        if self._open:
            self._open[-1].on_projection(out)

    def _on_choice(self, choice):
        if self._discovery is not None:
            self._discovery.on_choice(choice)
        if self._open:
            return self._open[-1].on_choice(choice)
        return None

    def _on_einsum(self, operands):
        if self._discovery is not None:
            self._discovery.on_einsum(operands)
        if self._open:
            self._open[-1].on_einsum(operands)

    # -- steps

    def _on_backward(self, loss):
        self._say_first()                                      # every module of the first pass has been called
        if loss.numel() == 1 and loss.device.type == "cpu":
            self._loss = (self._loss or 0.0) + float(loss.detach())

    def _before_step(self):
        if self._process != os.getpid():
            return
        self._moduleless += not self._roots and not self._fruitless and not self._hopeless
        if self._moduleless >= MOST_FRUITLESS:
            self._moduleless = 0
            self._give_up("no torch.nn.Module with modules in it is called: say what is decided with moe_devtools.observe(name, logits=..., selected=..., weights=...)")
        if not self.routers and not self._is_described and (self._hopeless or (self._fruitless and all(count >= MOST_FRUITLESS for count in self._fruitless.values()))):
            if not self._hopeless:
                self._give_up(f"no router was found in the first {MOST_FRUITLESS} passes")
            self._connect_out()
            if self._client is not None and self._client.is_alive:
                if self._graph_breaks():
                    self._notes.append(f"torch.compile: {self._graph_breaks()} graph breaks, all of them the program's own")
                self._describe()                               # the daemon says that there is none, and why
        if self._trained and self.routers and torch.nn.Module.__call__ is not self._call:
            self._steps_looked += 1
            if self._steps_looked >= MOST_STEPS or (self._steps_looked >= self._steps_to_look and not self._steps.are_waited_for and not self._again):
                torch.nn.Module.__call__ = self._call          # every root of a step has been seen
                self._again.clear()
        self._end_step()

    def _after_step(self):
        self._before_step()                                    # a closure may have run the passes within the step

    def _end_step_by_weights(self):
        """A program without torch's optimizers has taken a step where the weights of its routers are others than in the last pass."""
        if self._steps.has_optimizer or self._says_step or not self.routers:
            return
        now = self._checksums()
        if self._weights_then is not None and now != self._weights_then:
            self._end_step()
        self._weights_then = now

    def _checksums(self):
        return [state()["checksum"] for state in (router.state() for router in self.routers) if state is not None]

    def _end_step(self):
        for window in self._changed:
            window.forget()
        self._changed.clear()
        super()._end_step()

    def _graph_breaks(self):
        dynamo = sys.modules.get("torch._dynamo.utils")
        return sum(getattr(dynamo, "counters", {}).get("graph_break", {}).values())

    def _has_optimizer(self):
        return self._steps.has_optimizer

    def _fail(self, kind, error, trace):
        if self._unfinished is not None and not issubclass(kind, (KeyboardInterrupt, SystemExit)):
            self._pass, discovery = self._unfinished
            self._finish(discovery)                            # the routers up to there
        super()._fail(kind, error, trace)

    def _on_exit(self):
        if self._process == os.getpid() and not self.routers and not self._is_described and self._fruitless:
            self._connect_out()                                # the program was too short for that to be said before
            if self._client is not None and self._client.is_alive:
                self._describe()
        super()._on_exit()

    def _forget(self):
        if torch.nn.Module.__call__ is not self._call:
            torch.nn.Module.__call__ = self._call
        torch.nn.Module.train = self._train
        self._hopeless = True
        super()._forget()


def _named_arguments(frame):
    """What a module was called with by name: in 1.13 hooks are not told, but the call that runs them knows."""
    named = frame.f_locals.get("kwargs")
    return named if isinstance(named, dict) else {}


def _unfit(column, decision):
    if column.shape != [decision.tokens, decision.router.k]:
        return f"it has {column.shape} choices, and the program takes [{decision.tokens}, {decision.router.k}]"
    chosen = from_column(column)
    if bool(((chosen < 0) | (chosen >= decision.router.experts)).any()):
        return "an empty slot or an expert that there is not cannot be put in place of a choice"
    return None


def _outermost(root):
    """The module in whose own method the root is called, where it is not called as a module itself; else the root."""
    outer = root
    for frame in user_frames(sys._getframe(3)):
        module = frame.f_locals.get("self")
        if isinstance(module, torch.nn.Module) and any(part is outer for part in module.modules()):
            outer = module
    return outer


def _is_running(module):
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name in ("forward", "_call_impl") and frame.f_locals.get("self") is module:
            return True
        frame = frame.f_back
    return False


_CHECKPOINT, _AUTOGRAD = "checkpoint.py", os.path.join("autograd", "__init__.py")
_RECOMPUTES = {_CHECKPOINT: ("backward", "unpack", "unpack_hook"), _AUTOGRAD: None}
_KNOWN_FILES = {}              # which of the two a path is; None = neither


def _is_in_backward():
    """A module called while gradients are computed: a recomputation. On a device's thread there is no Python below it."""
    return _is_called_from(_RECOMPUTES)


def _is_called_from(functions):
    """Whether one of `functions` runs: names by torch's file, None = any of it."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        path = code.co_filename
        if path not in _KNOWN_FILES:
            _KNOWN_FILES[path] = next((file for file in _RECOMPUTES if path.endswith(file) and "torch" in path), None)
        file = _KNOWN_FILES[path]
        if file in functions and (functions[file] is None or code.co_name in functions[file]):
            return True
        frame = frame.f_back
    return False


def _int(text):
    return int(text) if text else None
