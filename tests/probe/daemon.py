"""A small scripted daemon: one real socket, one thread a probe, everything that came kept in order."""
import os
import socket
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROBE = os.path.join(ROOT, "probes", "python")
FIXTURES = os.path.join(ROOT, "tests", "fixtures")
sys.path.insert(0, PROBE)
from moe_devtools import framing  # noqa: E402

EVERYTHING = {"armed": [], "all": False, "columns": ["router_logits", "router_scores", "selection_scores", "selected_experts", "routing_weights"], "captured": "all", "hold": "none", "stopAtNotFinite": False}


class Daemon:
    """`arm` answers `routers`; `on_held(line, head, columns)` answers what waits, and may raise to hang up."""

    def __init__(self, arm=EVERYTHING, on_held=None):
        self.folder = tempfile.TemporaryDirectory()
        self.address = "unix:" + os.path.join(self.folder.name, "s")
        self.messages, self.arm, self.on_held = [], arm, on_held or go_on
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.address[len("unix:"):])
        self._socket.listen(8)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self.changed = threading.Condition()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._socket.close()
        self.folder.cleanup()

    def of(self, kind):
        return [(head, columns) for name, head, columns in self.messages if name == kind]

    def wait_for(self, what, patience=60):
        with self.changed:
            assert self.changed.wait_for(lambda: what(self), patience), [name for name, _, _ in self.messages]

    def serve(self, line):
        stream = line.makefile("rb")
        try:
            while True:
                message = framing.read_message(stream)
                if message is None:
                    break
                self._take(line, *message)
        except (OSError, framing.FramingError):
            pass
        self._keep("gone", None, None)
        line.close()

    def _accept(self):
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def _keep(self, kind, head, columns):
        with self.changed:
            self.messages.append((kind, head, columns))
            self.changed.notify_all()

    def _take(self, line, head, columns):
        kind = head["type"] if columns is not None else head.get("method", "answer")
        params = head if columns is not None or kind == "answer" else head["params"]
        self._keep(kind, params, columns)
        if kind in ("hello", "routers", "failed"):
            result = {"hello": {"protocol": 1, "daemon": "test"}, "routers": self.arm, "failed": None}[kind]
            line.sendall(framing.json_message({"jsonrpc": "2.0", "id": head["id"], "result": result}))
        elif params.get("held"):
            self.on_held(line, params, columns)


def go_on(line, head, columns):
    line.sendall(framing.json_message({"jsonrpc": "2.0", "method": "verdict", "params": {"id": head["id"]}}))


def numbers(column):
    """The rows of a column as lists."""
    import array
    flat = array.array({"f32": "f", "i32": "i", "u8": "B"}[column.dtype], column.data).tolist()
    width = column.shape[-1]
    return flat if len(column.shape) == 1 else [flat[at:at + width] for at in range(0, len(flat), width)]


def environment(address=None, **more):
    """Of a program into which the probe is put."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.path.join(PROBE, "inject"), **more}
    if address:
        env["MOE_DEVTOOLS_PROBE"] = address
    return env
