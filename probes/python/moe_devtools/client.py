"""The line to a daemon: one thread reads, one writes, the training waits only where it is asked to."""
import collections
import os
import platform
import socket
import stat
import sys
import threading
import traceback

from . import framing
from .version import VERSION

PROTOCOL = 1
MOST_QUEUED = 256          # messages; what has no room is dropped and counted
PATIENCE = 10.0            # seconds, for the answer to hello
POLL = 0.1                 # seconds: a wait without an end cannot be interrupted by Ctrl-C everywhere


class Lost(Exception):
    """The daemon is gone, or does not speak with this probe."""


class Arming:
    """What the daemon wants, the `arm` message."""

    def __init__(self, message=None):
        message = message or {}
        self.all = bool(message.get("all"))
        self.armed = frozenset(message.get("armed", ()))
        captured = message.get("captured", ())
        self.captured = None if captured == "all" else frozenset(captured)
        self.columns = frozenset(message.get("columns", ()))
        self.holds_steps = message.get("hold") == "step"
        self.stops_at_not_finite = bool(message.get("stopAtNotFinite"))

    def holds(self, router):
        return self.all or router in self.armed

    def tests_only(self, router):
        return self.captured is not None and router not in self.captured and not self.holds(router)

    def wants(self, router):
        return self.captured is None or router in self.captured or self.stops_at_not_finite or self.holds(router)


def print_to(path):
    """stdout and stderr that went to the daemon go to the end of a file, as nobody reads them any more."""
    with open(path, "ab", buffering=0) as file:
        for descriptor in (1, 2):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                os.dup2(file.fileno(), descriptor)


def connect(address):
    """A socket to `unix:PATH` or `tcp:HOST:PORT`. OSError when nobody listens there."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        place = rest
    elif kind == "tcp":
        host, _, port = rest.rpartition(":")
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        place = (host, int(port))
    else:
        raise OSError(f"{address} is no address; it has to be unix:PATH or tcp:127.0.0.1:PORT")
    try:
        line.settimeout(PATIENCE)
        line.connect(place)
    except OSError:
        line.close()
        raise
    return line


class Client:
    """Owns its socket. `send`, `ask` and `hold` are for the thread that trains; the rest is the client's own."""

    def __init__(self, line, token=None, on_detach=lambda holds: None, on_lost=lambda: None):
        self._line = line
        line.settimeout(None)
        self._stream = line.makefile("rb")
        self._token = token
        self._changed = threading.Condition()
        self._queue = collections.deque()                      # guarded by _changed, as all below
        self._answers = {}
        self._last_id = 0
        self._ended = False
        self._writing = False
        self.arming = Arming()
        self.dropped = 0
        self._on_detach, self._on_lost = on_detach, on_lost
        self._process = os.getpid()
        self._main = threading.main_thread().ident
        for work in (self._read, self._write):
            start_thread(work)

    @property
    def is_alive(self):
        return not self._ended and self._process == os.getpid()

    def greet(self, framework):
        """Says hello. Lost when the daemon refuses, with its reason."""
        hello = {"protocol": PROTOCOL, "probe": "moe_devtools " + VERSION, "runtime": platform.python_implementation() + " " + platform.python_version(), "framework": framework,
                 **describe_process()}
        if self._token:
            hello["token"] = self._token
        answer = self.ask("hello", hello, PATIENCE)
        if "error" in answer:
            self.close()
            raise Lost(answer["error"].get("message", "it refused"))

    def ask(self, method, params, patience=None):
        """The answer [dict with result or error] to a request. Lost when there comes none."""
        with self._changed:
            self._last_id += 1
            key = self._last_id
            self._put(framing.json_message({"jsonrpc": "2.0", "id": key, "method": method, "params": params}))
        return self._wait(("answer", key), patience)

    def notify(self, method, params):
        with self._changed:
            self._put(framing.json_message({"jsonrpc": "2.0", "method": method, "params": params}))

    def send(self, message):
        """Queues what may be dropped: a function that gives the bytes. It is written after the next `put`, `hold` or `write`. False: there was no room."""
        with self._changed:
            if len(self._queue) >= MOST_QUEUED:
                self.dropped += 1
                return False
            self._queue.append(message)
            if len(self._queue) >= MOST_QUEUED // 2:
                self._changed.notify_all()
            return True

    def write(self):
        """What is queued is written from now on, on a thread of its own, which takes turns with the caller's Python."""
        with self._changed:
            if self._queue:
                self._changed.notify_all()

    def put(self, message):
        """Queues what must come: a function that gives the bytes, or the bytes. True."""
        with self._changed:
            self._put(message)
        return True

    def hold(self, message, key):
        """Sends what the program waits for; gives (head, columns) of the verdict. Lost when there comes none."""
        with self._changed:
            self._put(message)
        return self._wait(("verdict", key), None)

    def take_dropped(self):
        with self._changed:
            count, self.dropped = self.dropped, 0
            return count

    def flush(self, patience):
        """Waits until everything is written."""
        self.write()
        with self._changed:
            self._changed.wait_for(lambda: self._ended or not (self._queue or self._writing), patience)

    def close(self):
        """Ends the connection and all waiting. In a forked process it only lets go of its copy."""
        if self._process != os.getpid():
            self._line.close()
            return
        with self._changed:
            if self._ended:
                return
            self._ended = True
            self._changed.notify_all()
        try:
            self._line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass                                               # the other side was faster
        self._line.close()

    def _put(self, message):
        self._queue.append(message)
        self._changed.notify_all()

    def _wait(self, key, patience):
        left = patience
        with self._changed:
            while key not in self._answers:
                if self._ended:
                    raise Lost("the connection ended")
                if left is not None and left <= 0:
                    raise Lost(f"it did not answer within {patience:g} seconds")
                self._changed.wait(POLL)
                left = None if left is None else left - POLL
            return self._answers.pop(key)

    def _write(self):
        try:
            while True:
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()
                    while not self._queue and not self._ended:
                        self._changed.wait()
                    if self._ended:
                        return
                    message = self._queue.popleft()
                    self._writing = True
                self._line.sendall(message() if callable(message) else message)
        except (OSError, ValueError):
            self._lose()

    def _read(self):
        try:
            while True:
                message = framing.read_message(self._stream)
                if message is None:
                    break
                self._take(*message)
        except (OSError, ValueError, framing.FramingError):
            pass                                               # what comes after a bad frame means nothing
        self._lose()

    def _take(self, value, columns):
        if columns is not None:
            if value.get("type") == "verdict":
                self._answer(("verdict", value.get("id")), (value, columns))
            return
        method, params, key = value.get("method"), value.get("params") or {}, value.get("id")
        if method is None:
            self._answer(("answer", key), value)
        elif method == "arm":
            self.arming = Arming(params)
        elif method == "verdict":
            self._answer(("verdict", params.get("id")), (params, {}))
        elif method == "detach":
            self._on_lost = lambda: None                       # it goes as it said
            if params.get("output"):
                print_to(params["output"])
            self._on_detach(bool(params.get("hold")))
        elif key is not None:
            answer = {"result": self._stack()} if method == "stack" else {"error": {"code": -32601, "message": f"there is no method {method}"}}
            with self._changed:
                self._put(framing.json_message({"jsonrpc": "2.0", "id": key, **answer}))

    def _answer(self, key, value):
        if isinstance(value, dict) and isinstance(value.get("result"), dict) and "armed" in value["result"]:
            self.arming = Arming(value["result"])
        with self._changed:
            self._answers[key] = value
            self._changed.notify_all()

    def _stack(self):
        frames = sys._current_frames()
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        own = {thread.ident for thread in threading.enumerate() if thread.name.startswith("moe-devtools ")}
        order = sorted((ident for ident in frames if ident not in own), key=lambda ident: ident != self._main)
        return {"threads": [_describe_thread(names.get(ident, str(ident)), traceback.extract_stack(frames[ident])) for ident in order]}

    def _lose(self):
        was_alive = self.is_alive
        self.close()
        if was_alive:
            self._on_lost()


def start_thread(work):
    """A thread of the probe. A debugger of Python leaves it alone: it answers also while that one holds the program."""
    thread = threading.Thread(target=work, name="moe-devtools " + work.__name__.strip("_"), daemon=True)
    thread.pydev_do_not_trace = thread.is_pydev_daemon_thread = True
    thread.start()


def _describe_thread(name, summary):
    """Where a thread is; in what debugpy does to hold it that is where the program was."""
    own = [frame for frame in summary if "pydevd" not in frame.filename and "debugpy" not in frame.filename]
    held = any("pydevd" in frame.filename and frame.name == "do_wait_suspend" for frame in summary)
    return {"name": name, "frames": frames_of(own), **({"heldBy": "debugpy"} if held else {})}


def frames_of(summary):
    """Frames of a traceback.StackSummary, innermost first."""
    return [{"path": os.path.abspath(frame.filename), "line": frame.lineno or 0, "function": frame.name} for frame in reversed(summary)]


def describe_process():
    """What both hello and the description for `attach` say of this process."""
    arguments = list(getattr(sys, "argv", None) or [""])
    ranks = int(os.environ.get("WORLD_SIZE") or 1)
    described = {"pid": os.getpid(), "program": arguments[0] or "python", "args": arguments[1:], "cwd": os.getcwd(), "rank": int(os.environ.get("RANK") or 0), "worldSize": ranks}
    if ranks > 1:
        described["run"] = "%s:%s" % (os.environ.get("MASTER_ADDR", ""), os.environ.get("MASTER_PORT", ""))
    if "pydevd" in sys.modules:
        described["debugger"] = "debugpy"
    return described
