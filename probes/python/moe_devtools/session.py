"""What a program says to a daemon and waits for, whatever framework it uses: steps, passes, batches, and the line itself. Needs no torch."""
import atexit
import os
import sys
import threading
import traceback

from . import framing, routers as described
from .client import POLL, Client, Lost, connect, frames_of
from .listener import Listener
from .observed import Observed


class Part:
    """Batches of one pass whose rows are the same, each router once; it is a pass of its own on the wire. `rows` = None: they are as many as `tokens`, and unknown."""

    def __init__(self, whole, number, tokens, rows):
        self.whole, self.number, self.tokens, self.rows = whole, number, tokens, rows
        self.decided, self.is_said = set(), False


class Pass:
    """One forward pass. `rows`: what its rows may be, see rows.py."""

    def __init__(self, number, step, phase, micro_batch, rows):
        self.number, self.step, self.phase, self.micro_batch, self.rows = number, step, phase, micro_batch, rows
        self.thread = threading.get_ident()
        self.parts = []
        self.heard = set()                                     # routers that observe() said


class Session:
    """One a process. What it does happens on the thread that trains; only `_connect` may be called by another."""

    framework = "python"

    def __init__(self, address=None, token=None):
        self.routers, self._observed = [], {}                  # those that observe() named, by name
        self._client = self._listener = None
        self._address, self._token = address, token
        self._patience = 0.0                                   # seconds that the first pass waits for a daemon; None = without end
        self._is_suspended = False                             # the daemon went and left the program held
        self._came = threading.Event()                         # a daemon has attached
        self._is_described = False
        self._notes, self._skipped = [], {}
        self._step, self._passes, self._micro_batches, self._trained, self._says_step = 1, 0, 0, False, False
        self._loss = None
        self._last_id = 0
        self._last_router = None
        self._pass = None
        self._first = []                                       # (Pass, decision) of routers that are not described yet
        self._spoken = None                                    # the Pass of observe() where no model is being called
        self._is_over = False
        self._process = os.getpid()
        self._excepthook, sys.excepthook = sys.excepthook, self._on_exception
        atexit.register(self._on_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)
        if address is None:
            self._listen()

    def waits_for_daemon(self, patience):
        """The first pass waits for a daemon to attach, `patience` seconds at most; None = without end."""
        self._patience = patience

    # -- batches

    def must_hold(self, decision):
        client = self._client
        if client is None or not client.is_alive:
            return False
        return client.arming.holds(decision.router.index) or (client.arming.stops_at_not_finite and not decision.is_finite())

    def send(self, decision, within=None):
        """Sends what is not waited for; what has no room is counted. `within`: its Pass, where that is over."""
        client = self._client
        if client is None or not client.is_alive or not client.arming.wants(decision.router.index):
            return
        self._last_router = decision.router.index
        part = self._part_of(decision, within or self._current())
        if self._say_rows(client, part, must=False):
            client.send(self._message(decision, part, held=False, wanted=client.arming.columns)[1])
        else:
            client.dropped += 1
        if self._pass is None:
            client.write()                                     # no end of a pass does

    def ask(self, decision, within=None):
        """Waits for the verdict: (its id, its columns), which are empty where nothing is to be changed."""
        self._last_router = decision.router.index
        while True:
            client, part = self._client, self._part_of(decision, within or self._current())
            if client is None:
                return None, {}
            try:
                self._say_rows(client, part, must=True)
                key, message = self._message(decision, part, held=True, wanted=client.arming.columns)
                return key, client.hold(message, key)[1]
            except Lost:
                if not self._is_suspended:
                    return None, {}
            part.decided.discard(decision.router.index)        # what was not answered was not said
            self._await_daemon(None)                           # held by nobody, until another daemon takes it over
            if not self.must_hold(decision):
                self.send(decision, within)
                return None, {}

    def refuse(self, key, reason):
        self._client.notify("refused", {"id": key, "reason": reason})

    def observe(self, name, logits, selected, weights, site):
        """What a hand-written router is to use: (selected, weights). `site`: (path, line) of its call."""
        router, client = self._observed.get(name), self._client
        if router is not None and (client is None or not client.is_alive):
            return selected, weights
        decision = Observed(logits, selected, weights)
        is_late = router is None and self._is_described
        if router is None:
            router = self._observed[name] = described.Router(name, [], decision.experts, decision.slots)
            router.sources, router.observed = [(*site, "call")], ["router_logits", "selected_experts"] + (["routing_weights"] if weights is not None else [])
            if weights is None:
                router.no_changes = "observe was given no weights, and so it cannot give back what belongs to another choice"
            router.rule = decision.rule()
            self._add(router)
        decision.router = router
        self._connect_out()
        if self._client is None or not self._client.is_alive:
            return selected, weights
        if is_late:
            self._describe()
        if self._current() is self._spoken and (self._spoken is None or self._spoken.step != self._step or router.index in self._spoken.heard):
            self._say_first()
            self._spoken = self._new_pass("train", [])
        self._current().heard.add(router.index)
        if not self._is_described:
            self._first.append((self._current(), decision))
            return selected, weights
        if not self.must_hold(decision):
            self.send(decision)
            return selected, weights
        key, columns = self.ask(decision)
        if "selected_experts" not in columns:
            return selected, weights
        reason = router.no_changes or decision.unfit(columns["selected_experts"]) or (None if "routing_weights" in columns else "it has no weights")
        if reason is not None:
            self.refuse(key, reason)
            return selected, weights
        return decision.replaced(columns["selected_experts"], columns["routing_weights"])

    # -- passes

    def _say_first(self):
        """Describes the routers that were found, and sends what they have decided since: at first together, when the first pass of all of them is over, as breakpoints bind then."""
        if not self._first:
            return
        self._connect_out()
        if self._patience != 0 and (self._client is None or not self._client.is_alive):
            self._await_daemon(self._patience)
        self._patience = 0.0
        first, self._first = self._first, []
        if self._client is not None and self._client.is_alive:
            if not self._is_described:
                self._describe()
            for within, decision in first:
                if not self.must_hold(decision):
                    self.send(decision, within)
                else:
                    key, columns = self.ask(decision, within)
                    if columns:
                        self.refuse(key, "its routers are known when the first pass is over, and then it is too late for a change")

    def _new_pass(self, phase, rows):
        new = Pass(self._passes, self._step, phase, self._micro_batches, rows)
        self._passes += 1
        if phase == "train":
            self._micro_batches += 1
            self._trained = True
        return new

    def _add(self, router, within=""):
        """A router of the name of another takes its place, as a notebook makes its model again; where both are there, the later one is named after the class `within` too."""
        known = {one.name: one for one in self.routers}
        names = [router.name, f"{within}.{router.name}", *(f"{within}.{number}.{router.name}" for number in range(2, 2 + len(known)))]
        router.name = next(name for name in names if name not in known or self._is_gone(known[name]))
        router.step = self._step
        router.index = known[router.name].index if router.name in known else len(self.routers)
        self.routers[router.index:router.index + 1] = [router]
        self._is_described = False

    def _is_gone(self, router):
        """It decides no more."""
        return router.weight is None

    def _current(self):
        return self._pass if self._pass is not None and self._pass.thread == threading.get_ident() else self._spoken

    def _part_of(self, decision, current):
        rows = next((rows for rows in current.rows if decision.is_of(rows)), None)
        part = next((part for part in current.parts if part.rows is rows and part.tokens == decision.tokens and decision.router.index not in part.decided), None)
        if part is None:
            number = current.number if not current.parts else self._passes
            self._passes += bool(current.parts)
            part = Part(current, number, decision.tokens, rows)
            current.parts.append(part)
        part.decided.add(decision.router.index)
        return part

    def _say_rows(self, client, part, must):
        if not part.is_said:
            head = {"type": "rows", "step": part.whole.step, "pass": part.number, "phase": part.whole.phase, "rank": _rank(), "rows": part.tokens}
            message = lambda: framing.binary_message(head, [] if part.rows is None else part.rows.columns())      # noqa: E731
            part.is_said = client.put(message) if must else client.send(message)
        return part.is_said

    def _message(self, decision, part, held, wanted):
        self._last_id += 1
        key = self._last_id
        head = {"type": "batch", "id": key, "router": decision.router.index, "step": part.whole.step, "pass": part.number, "phase": part.whole.phase, "rank": _rank(), "held": held,
                "tokens": decision.tokens, "microBatch": part.whole.micro_batch}

        def message():
            slots, derived, columns = decision.message(wanted)
            return framing.binary_message({**head, "slots": slots, "derived": derived}, columns)
        return key, message

    # -- steps

    def set_step(self, number):
        """The program counts its steps itself. Without an optimizer, what was decided since the last one belongs to the one before."""
        if self._says_step and int(number) == self._step:
            return                                             # said for each of its micro-batches
        if not self._has_optimizer():
            self._end_step()
        self._step, self._says_step, self._passes, self._micro_batches = int(number), True, 0, 0

    def _end_step(self):
        if not self._trained or self._process != os.getpid():
            return
        self._say_first()
        self._trained = False
        client = self._client
        if client is not None and client.is_alive and self._is_described:
            self._send_step(client)
        self._passes = self._micro_batches = 0
        self._loss = None
        if not self._says_step:
            self._step += 1

    def _has_optimizer(self):
        """Something says when a step has ended. Otherwise the end of the program is the end of its last one."""
        return False

    def _graph_breaks(self):
        """Of torch.compile, since the program started; 0 where it compiles nothing."""
        return 0

    def _send_step(self, client):
        self._last_id += 1
        key, held = self._last_id, client.arming.holds_steps
        step = {"id": key, "step": self._step, "rank": _rank(), "held": held, "microBatches": self._micro_batches, "dropped": client.take_dropped()}
        states = [state for state in (router.state() for router in self.routers) if state is not None]
        if self._loss is not None and self._loss - self._loss == 0:
            step["loss"] = self._loss                          # JSON has no NaN
        if self._graph_breaks():
            step["graphBreaks"] = self._graph_breaks()
        message = lambda: framing.json_message({"jsonrpc": "2.0", "method": "step", "params": {**step, "routers": [state() for state in states]}})      # noqa: E731
        if not held:
            client.put(message)
            return
        try:
            client.hold(message, key)
        except Lost:
            if self._is_suspended:
                self._await_daemon(None)

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
        client.greet(self.framework)
        self._client, self._is_described, self._is_suspended = client, False, False
        self._came.set()

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

    def _await_daemon(self, patience):
        """The program waits until a daemon has attached, and tells it the routers that are known."""
        if self._listener is None:
            return                                             # said already
        _warn(f"this program waits to be attached to: moe-devtools attach {os.getpid()}")
        left = patience
        while not self._came.wait(POLL if left is None else min(POLL, left)):      # in parts: else Ctrl-C cannot end it everywhere
            left = None if left is None else left - POLL
            if left is not None and left <= 0:
                _warn("nobody has attached. The training goes on, and can be attached to.")
                return
        if self.routers and not self._is_described and self._client is not None and self._client.is_alive:
            self._describe()
        current = self._current()
        for part in () if current is None else current.parts:
            part.is_said = False                               # to that daemon

    def _describe(self):
        self._is_described = True
        try:
            self._client.ask("routers", {"routers": described.describe_all(self.routers), "skipped": [{"name": name, "reason": reason} for name, reason in self._skipped], "notes": self._notes})
        except Lost:
            pass                                               # said already

    def _on_lost(self):
        """On the reader's thread."""
        self._came.clear()
        if not self._is_over:
            _warn("the daemon is gone. The training goes on, and can be attached to.")
            self._listen()

    def _on_detach(self, holds):
        """On the reader's thread: hooks stay where a pass may be using them, and want nothing any more. `holds`: the program waits for the next daemon where it is held, or at its next pass."""
        self._came.clear()
        self._is_suspended = holds
        client, self._client, self._address = self._client, None, None      # first: another daemon may attach as soon as this one sees the end
        client.notify("bye", {"reason": "detached"})
        client.flush(1)
        self._listen()
        client.close()

    def _forget(self):
        """In a forked process: the line is the parent's."""
        for part in (self._client, self._listener):
            if part is not None:
                part.close()
        self._client = self._listener = self._address = None

    # -- the end

    def _fail(self, kind, error, trace):
        self._say_first()
        client, current = self._client, self._pass
        if current is not None and client is not None and client.is_alive and self._is_described and not issubclass(kind, (KeyboardInterrupt, SystemExit)):
            try:
                client.ask("failed", {"step": current.step, "pass": current.number, "rank": _rank(), "router": self._last_router, "type": kind.__name__, "message": str(error),
                                      "stack": frames_of(traceback.extract_tb(trace))})
            except (Lost, KeyboardInterrupt):
                pass                                           # the program's own error is what is told

    def _on_exception(self, kind, error, trace):
        self._fail(kind, error, trace)
        self._farewell = {"reason": "exception", "message": f"{kind.__name__}: {error}"}
        self._excepthook(kind, error, trace)

    _farewell = {"reason": "exit"}

    def _on_exit(self):
        if self._process != os.getpid():
            return
        self._is_over = True
        self._say_first()
        if not self._has_optimizer():
            self._end_step()
        client = self._client
        if client is not None and client.is_alive:
            client.notify("bye", self._farewell)
            client.flush(5)
            client.close()
        if self._listener is not None:
            self._listener.close()


def _rank():
    return int(os.environ.get("RANK") or 0)


def _warn(what):
    print("moe-devtools: " + what, file=sys.stderr, flush=True)
