"""The conductor: which pass and step the program is in, what is sent, and where it waits."""
import atexit
import os
import sys
import threading
import traceback
import weakref

import torch

from . import framing, routers as described
from .calls import Watch, is_compiling
from .client import Client, Lost, connect, frames_of
from .discovery import Discovery
from .listener import Listener
from .rows import Rows
from .steps import Steps
from .tensors import from_column
from .window import Hook, Window

MOST_FRUITLESS = 8         # passes of one root without a router, after which it is left alone


class Pass:
    """One forward pass of a root module."""

    def __init__(self, number, step, phase, micro_batch, rows):
        self.number, self.step, self.phase, self.micro_batch, self.rows = number, step, phase, micro_batch, rows
        self.thread = threading.get_ident()
        self.rows_sent = None                                  # None = not yet, else whether there was room


class Probe:
    """One a process. What it does happens on the thread that trains; only `_connect` may be called by another."""

    def __init__(self, pad_id=None, address=None, token=None, root=None):
        self.pad_id = pad_id if pad_id is not None else _int(os.environ.get("MOE_DEVTOOLS_PAD_ID"))
        self.routers, self._known = [], weakref.WeakKeyDictionary()         # by owner: {how it is seen: router}
        self._open = []                                        # windows, the innermost last
        self._client = self._listener = None
        self._address, self._token = address, token
        self._is_described = False
        self._notes, self._skipped = [], {}
        self._step, self._passes, self._micro_batches, self._trained, self._says_step = 1, 0, 0, False, False
        self._loss = None
        self._last_id = 0
        self._last_router = None
        self._pass = self._discovery = None
        self._fruitless = weakref.WeakKeyDictionary()
        self._roots = weakref.WeakSet()
        self._hopeless = False
        self._is_over = False
        self._process = os.getpid()
        self._watch = Watch(self._on_choice, self._on_projection, self._on_einsum)
        self._steps = Steps(self._before_step, self._after_step, self._on_backward)
        self._call = torch.nn.Module.__call__
        self._only_root = None if root is None else weakref.ref(root)
        self._look_for_roots()
        self._excepthook, sys.excepthook = sys.excepthook, self._on_exception
        atexit.register(self._on_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)
        if address is None:
            self._listen()

    # -- what windows ask

    def wants(self, watched):
        client, current = self._client, self._pass
        return current is not None and current.thread == threading.get_ident() and self._discovery is None and client is not None and client.is_alive \
            and any(client.arming.wants(one.router.index) for one in watched) and not is_compiling()

    def open_window(self, window):
        window.is_open = True
        self._open.append(window)
        self._watch.open(window.places)

    def close_window(self, window):
        window.is_open = False
        if window in self._open:
            self._open.remove(window)
            self._watch.close(window.places)

    def must_hold(self, decision):
        client = self._client
        if client is None or not client.is_alive:
            return False
        return client.arming.holds(decision.router.index) or (client.arming.stops_at_not_finite and not decision.is_finite())

    def send(self, decision):
        """Sends what is not waited for; what has no room is counted."""
        client, current = self._client, self._pass
        if client is None or not client.is_alive or not client.arming.wants(decision.router.index):
            return
        self._last_router = decision.router.index
        if self._send_rows(client, current, decision.tokens, must=False):
            client.send(self._message(decision, current, held=False, wanted=client.arming.columns)[1])
        else:
            client.dropped += 1

    def hold(self, decision, choice):
        """Waits for the verdict; the result in place of the selecting call's own, None = as it is. `choice` = None where it is too late for another."""
        client, current = self._client, self._pass
        self._last_router = decision.router.index
        try:
            self._send_rows(client, current, decision.tokens, must=True)
            key, message = self._message(decision, current, held=True, wanted=client.arming.columns)
            head, columns = client.hold(message, key)
        except Lost:
            return None
        if "selected_experts" not in columns:
            return None
        reason = decision.router.no_changes or ("another call has to choose for it" if choice is None else None) or _unfit(columns["selected_experts"], decision)
        if reason is None and _is_checkpointed():
            reason = "the pass is under gradient checkpointing: its recomputation would choose again without the change"
        if reason is not None:
            client.notify("refused", {"id": key, "reason": reason})
            return None
        return choice.replaced(from_column(columns["selected_experts"]))

    # -- passes

    def begin_pass(self, root, arguments, named):
        """The root is called; also describes the routers where a daemon has come since."""
        if self._pass is not None and self._pass.thread != threading.get_ident():
            return False
        self._abandon()
        phase = "train" if root.training and torch.is_grad_enabled() else "eval"
        self._pass = Pass(self._passes, self._step, phase, self._micro_batches, Rows(arguments, named, self.pad_id))
        self._passes += 1
        if phase == "train":
            self._micro_batches += 1
            self._trained = True
        if self.routers and not self._is_described and self._client is not None and self._client.is_alive:
            self._describe()
        return True

    def _end_pass(self):
        self._abandon()
        self._pass = None

    def _abandon(self):
        for window in self._open:
            window.abandon()
        self._open.clear()
        self._watch.close_all()

    def _send_rows(self, client, current, tokens, must):
        if current.rows_sent is None:
            count = tokens if current.rows.count is None else current.rows.count
            head = {"type": "rows", "step": current.step, "pass": current.number, "phase": current.phase, "rank": _rank(), "rows": count}
            message = lambda: framing.binary_message(head, current.rows.columns())      # noqa: E731
            current.rows_sent = (client.put(message), count) if must else (client.send(message), count)
        return current.rows_sent[0]

    def _message(self, decision, current, held, wanted):
        self._last_id += 1
        key = self._last_id
        head = {"type": "batch", "id": key, "router": decision.router.index, "step": current.step, "pass": current.number, "phase": current.phase, "rank": _rank(), "held": held,
                "tokens": decision.tokens, "microBatch": current.micro_batch}
        if not current.rows_sent[0] or current.rows_sent[1] != decision.tokens or (current.rows.shape is not None and not decision.is_in_order_of(current.rows.shape)):
            head["rows"] = False

        def message():
            slots, derived, columns = decision.message(wanted)
            return framing.binary_message({**head, "slots": slots, "derived": derived}, columns)
        return key, message

    # -- finding

    def _look_for_roots(self):
        original, probe = self._call, self

        def call(module, *args, **kwargs):
            if probe._discovery is not None:
                return probe._call_within(module, original, args, kwargs)
            if probe._pass is None and probe._is_root(module):
                return probe._call_root(module, original, args, kwargs)
            return original(module, *args, **kwargs)

        torch.nn.Module.__call__ = call

    def _is_root(self, module):
        if self._hopeless or self._process != os.getpid() or is_compiling() or module in self._roots:
            return False
        if any(type(part).__name__ == "OptimizedModule" or getattr(part, "_compiled_call_impl", None) is not None for part in module.modules()):
            self._give_up("torch.compile: the probe stays out of compiled models, so that it breaks no graph; run without compiling to debug the routers")
            return False
        if self._only_root is not None:
            return module is self._only_root() or any(part is self._only_root() for part in module.modules())
        if self._fruitless.get(module, 0) >= MOST_FRUITLESS or not any(True for _ in module.children()):
            return False
        return not any(module is part for root in self._roots for part in root.modules()) and not _is_in_backward()

    def _give_up(self, reason):
        self._hopeless = True
        self._notes.append(reason)
        torch.nn.Module.__call__ = self._call

    def _call_root(self, root, original, args, kwargs):
        if not self.begin_pass(root, args, kwargs):
            return original(root, *args, **kwargs)
        self._discovery = discovery = Discovery(root)
        self._watch.open(discovery.places)
        try:
            return self._call_within(root, original, args, kwargs)
        finally:
            self._watch.close(discovery.places)
            self._discovery = None
            self._finish(discovery)
            self._end_pass()

    def _call_within(self, module, original, args, kwargs):
        discovery = self._discovery
        if self._pass.thread != threading.get_ident():
            return original(module, *args, **kwargs)
        discovery.before(module)
        try:
            out = original(module, *args, **kwargs)
            discovery.after(out)
            return out
        finally:
            discovery.leave()

    def _finish(self, discovery):
        found = discovery.finish()
        self._skipped.update(discovery.skipped)
        if not found:
            self._fruitless[discovery.root] = self._fruitless.get(discovery.root, 0) + 1
            return
        root, owners = discovery.root, {}
        decisions = []
        for one in found:
            of_owner = self._known.setdefault(one.owner.module, {})
            known = of_owner.get((one.projection_ordinal, tuple(one.ordinals), one.router.experts))
            if known is None:
                known = of_owner[one.projection_ordinal, tuple(one.ordinals), one.router.experts] = one.router
                known.index = len(self.routers)
                self.routers.append(known)
                self._is_described = False
                owners.setdefault((id(one.owner.module), id(one.holder.module)), []).append(one)
            one.decision.router = known
            decisions.append(one.decision)
        for ones in owners.values():
            Window(self, ones[0].owner.module, ones[0].holder.module, ones)     # lives as long as the modules that it hooks
        self._roots.add(root)
        root.register_forward_pre_hook(Hook(self._root_begins))
        root.register_forward_hook(Hook(self._root_ends))
        self._connect_out()
        if self._client is not None and self._client.is_alive:
            self._describe()
            for decision in decisions:
                if self.must_hold(decision):
                    self.hold(decision, None)
                else:
                    self.send(decision)

    def _root_begins(self, module, args):
        if self._pass is None and not is_compiling() and self._process == os.getpid():
            self.begin_pass(module, args, _named_arguments(sys._getframe(2)))

    def _root_ends(self, module, args, out):
        if self._pass is not None and self._pass.thread == threading.get_ident() and self._discovery is None:
            self._end_pass()

    def _on_projection(self, place, weight, out):
        if self._discovery is not None:
            self._discovery.on_projection(place, weight, out)
        elif self._open:
            self._open[-1].on_projection(out)

    def _on_choice(self, choice):
        if self._discovery is not None:
            self._discovery.on_choice(choice)
        elif self._open:
            return self._open[-1].on_choice(choice)
        return None

    def _on_einsum(self, operands):
        if self._discovery is not None:
            self._discovery.on_einsum(operands)
        elif self._open:
            self._open[-1].on_einsum(operands)

    # -- steps

    def set_step(self, number):
        """The program counts its steps itself."""
        self._step, self._says_step, self._passes, self._micro_batches = int(number), True, 0, 0

    def _on_backward(self, loss):
        if loss.device.type == "cpu":
            self._loss = (self._loss or 0.0) + float(loss.detach())

    def _before_step(self):
        if self._process != os.getpid():
            return
        if not self.routers and not self._is_described and (self._hopeless or (self._fruitless and all(count >= MOST_FRUITLESS for count in self._fruitless.values()))):
            if not self._hopeless:
                self._give_up(f"no router was found in the first {MOST_FRUITLESS} passes")
            self._connect_out()
            if self._client is not None and self._client.is_alive:
                self._describe()                               # the daemon says that there is none, and why
        if not self._trained:
            return
        self._trained = False
        if self.routers and torch.nn.Module.__call__ is not self._call:
            torch.nn.Module.__call__ = self._call              # every root of a step has been seen
        client = self._client
        if client is not None and client.is_alive and self._is_described:
            self._send_step(client)
        self._passes = self._micro_batches = 0
        self._loss = None
        if not self._says_step:
            self._step += 1

    def _after_step(self):
        self._before_step()                                    # a closure may have run the passes within the step

    def _send_step(self, client):
        self._last_id += 1
        key, held = self._last_id, client.arming.holds_steps
        step = {"id": key, "step": self._step, "rank": _rank(), "held": held, "microBatches": self._micro_batches, "dropped": client.take_dropped(),
                "routers": [state for state in (router.state() for router in self.routers) if state is not None]}
        if self._loss is not None and self._loss - self._loss == 0:
            step["loss"] = self._loss                          # JSON has no NaN
        message = framing.json_message({"jsonrpc": "2.0", "method": "step", "params": step})
        if not held:
            client.put(message)
            return
        try:
            client.hold(message, key)
        except Lost:
            pass                                               # said already; the training goes on

    # -- the line to the daemon

    def _connect_out(self):
        if self._client is None and self._address is not None:
            try:
                self._greet(connect(self._address), self._token)
            except (OSError, ValueError, Lost) as error:
                _warn(f"no daemon at {self._address} ({error}). The training goes on without it.")
                self._listen()

    def _greet(self, line, token):
        client = Client(line, token, on_detach=self._on_detach, on_lost=self._on_lost)
        client.greet("torch " + torch.__version__)
        self._client, self._is_described = client, False

    def _listen(self):
        self._address = None
        if self._listener is None:
            try:
                self._listener = Listener(self._connect)
            except OSError as error:
                _warn(f"this process cannot be attached to: {error}")

    def _connect(self, line, token):
        """On the listener's thread: a daemon attaches."""
        if self._client is not None and self._client.is_alive:
            line.close()
            return
        try:
            self._greet(line, token)
        except Lost as error:
            _warn(f"a daemon attached and was refused: {error}")

    def _describe(self):
        self._is_described = True
        try:
            self._client.ask("routers", {"routers": described.describe_all(self.routers), "skipped": [{"name": name, "reason": reason} for name, reason in self._skipped], "notes": self._notes})
        except Lost:
            pass                                               # said already

    def _on_lost(self):
        """On the reader's thread."""
        if not self._is_over:
            _warn("the daemon is gone. The training goes on, and can be attached to.")
            self._listen()

    def _on_detach(self):
        """On the reader's thread: hooks stay where a pass may be using them, and want nothing any more."""
        client, self._client, self._address = self._client, None, None      # first: another daemon may attach as soon as this one sees the end
        client.notify("bye", {"reason": "detached"})
        client.flush(1)
        client.close()
        self._listen()

    def _forget(self):
        """In a forked process: the line is the parent's."""
        if torch.nn.Module.__call__ is not self._call:
            torch.nn.Module.__call__ = self._call
        self._hopeless = True
        for part in (self._client, self._listener):
            if part is not None:
                part.close()
        self._client = self._listener = None

    def _on_exception(self, kind, error, trace):
        client = self._client
        if self._pass is not None and client is not None and client.is_alive and self._is_described and not issubclass(kind, (KeyboardInterrupt, SystemExit)):
            current = self._pass
            try:
                client.ask("failed", {"step": current.step, "pass": current.number, "rank": _rank(), "router": self._last_router, "type": kind.__name__, "message": str(error),
                                      "stack": frames_of(traceback.extract_tb(trace))})
            except (Lost, KeyboardInterrupt):
                pass                                           # the program's own error is what is told
        self._farewell = {"reason": "exception", "message": f"{kind.__name__}: {error}"}
        self._excepthook(kind, error, trace)

    _farewell = {"reason": "exit"}

    def _on_exit(self):
        if self._process != os.getpid():
            return
        self._is_over = True
        client = self._client
        if client is not None and client.is_alive:
            client.notify("bye", self._farewell)
            client.flush(5)
            client.close()
        if self._listener is not None:
            self._listener.close()


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


def _is_checkpointed():
    return _is_called_from("checkpoint.py")


def _is_in_backward():
    """A module called while gradients are computed: a recomputation. On a device's thread there is no Python below it."""
    return _is_called_from("checkpoint.py") or _is_called_from(os.path.join("autograd", "__init__.py"))


def _is_called_from(file):
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.endswith(file) and "torch" in name:
            return True
        frame = frame.f_back
    return False


def _rank():
    return int(os.environ.get("RANK") or 0)


def _int(text):
    return int(text) if text else None


def _warn(what):
    print("moe-devtools: " + what, file=sys.stderr, flush=True)
