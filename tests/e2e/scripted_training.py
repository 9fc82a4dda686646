"""A program that trains nothing and speaks the probe protocol by a script: what run-training does is seen without any framework.

    python scripted_training.py [--steps 3] [--exit 0] [--collapse] [--silent] [--rank 0 --world 1] [--wait]

Two routers of 8 experts, k 2, 4 rows a pass. It prints what each step's first row of each router was sent to, so that a change is seen in its output."""
import argparse
import json
import os
import signal
import socket
import struct
import sys
import time

EXPERTS, K, ROWS = 8, 2, 4
NAMES = ["layers.0.gate", "layers.1.gate"]


class Probe:
    def __init__(self, rank, world):
        kind, _, place = os.environ["MOE_DEVTOOLS_PROBE"].partition(":")
        assert kind == "unix", kind
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(place)
        self.stream = self.socket.makefile("rb")
        self.armed = {"armed": [], "all": False, "hold": "none", "stopAtNotFinite": False}
        self.rank, self.last_id, self.lost = rank, 0, False
        assert self.ask("hello", {"protocol": 1, "probe": "scripted 0", "runtime": "CPython", "pid": os.getpid(), "rank": rank, "worldSize": world, "program": sys.argv[0], "args": sys.argv[1:], "cwd": os.getcwd()})["protocol"] == 1

    def ask(self, method, parameters):
        self.last_id += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": parameters}).encode())
        while not self.lost:
            answer = self.receive()
            if isinstance(answer, dict) and answer.get("id") == self.last_id and "method" not in answer:
                return answer["result"]
        return self.armed

    def tell(self, method, parameters):
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": parameters}).encode())

    def send(self, body, kind=b""):
        try:
            self.socket.sendall(b"Content-Length: %d\r\n%s\r\n" % (len(body), kind) + body)
        except OSError:
            self.lost = True  # the program goes on

    def send_columns(self, head, **columns):
        head["columns"] = [{"name": name, "dtype": dtype, "shape": shape} for name, (dtype, shape, _) in columns.items()]
        text = json.dumps(head).encode()
        text += b" " * (-(4 + len(text)) % 8)
        body = struct.pack("<I", len(text)) + text
        for dtype, _, values in columns.values():
            data = struct.pack("<%d%s" % (len(values), {"f32": "f", "i32": "i", "u8": "B"}[dtype]), *values)
            body += data + b"\0" * (-len(data) % 8)
        self.send(body, b"Content-Type: application/vnd.moe-devtools.routing\r\n")

    def receive(self):
        """The next message: JSON as a dict, a verdict with columns as (head, experts). What arms is taken in."""
        headers = {}
        while True:
            line = self.stream.readline()
            if not line:
                self.lost = True
                return {}
            if line == b"\r\n":
                break
            name, _, value = line.decode().partition(":")
            headers[name] = value.strip()
        body = self.stream.read(int(headers["Content-Length"]))
        if "Content-Type" in headers:
            size, = struct.unpack_from("<I", body)
            head = json.loads(body[4:4 + size])
            assert head["columns"][0]["name"] == "selected_experts", head
            return head, struct.unpack_from("<%di" % (head["columns"][0]["shape"][0] * head["columns"][0]["shape"][1]), body, 4 + size)
        message = json.loads(body)
        if message.get("method") == "arm":
            self.armed = message["params"]
        if message.get("method") == "stack":
            frames = [{"path": __file__, "line": 1, "function": "main"}]
            self.send(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"threads": [{"name": "MainThread", "frames": frames}]}}).encode())
        return message

    def verdict(self, id):
        while not self.lost:
            message = self.receive()
            head = message[0] if isinstance(message, tuple) else message.get("params", {})
            if head.get("id") == id and (isinstance(message, tuple) or message.get("method") == "verdict"):
                return message[1] if isinstance(message, tuple) else None

    def router(self, index, step, selected):
        """Tells of one batch; returns the experts to use."""
        held = self.armed["all"] or index in self.armed["armed"]
        self.last_id += 1
        logits = [2.0 if e in selected[row] else 0.1 * ((e * 7 + row) % 5) for row in range(ROWS) for e in range(EXPERTS)]
        self.send_columns(
            {"type": "batch", "id": self.last_id, "router": index, "step": step, "pass": 0, "phase": "train", "rank": self.rank, "held": held, "tokens": ROWS, "slots": K, "derived": [], "microBatch": 0},
            router_logits=("f32", [ROWS, EXPERTS], logits), selected_experts=("i32", [ROWS, K], [e for row in selected for e in row]), routing_weights=("f32", [ROWS, K], [0.6, 0.4] * ROWS))
        changed = self.verdict(self.last_id) if held else None
        slots = len(changed) // ROWS if changed else K
        return [list(changed[row * slots:(row + 1) * slots]) for row in range(ROWS)] if changed else selected


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--exit", type=int, default=0)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--world", type=int, default=1)
    parser.add_argument("--collapse", action="store_true")
    parser.add_argument("--silent", action="store_true", help="no probe at all")
    parser.add_argument("--wait", action="store_true", help="for a signal, after the steps")
    parser.add_argument("--kill", action="store_true", help="itself, after the steps")
    options = parser.parse_args()
    if options.silent:
        print("trained without a router")
        return options.exit
    probe = Probe(options.rank, options.world)
    source = next(number for number, line in enumerate(open(__file__, encoding="utf-8"), 1) if "probe." + "router(" in line)
    probe.armed = probe.ask("routers", {
        "routers": [{"name": name, "layer": layer, "ordinal": 0, "stack": "decoder", "experts": EXPERTS, "k": K, "rule": {"scores": "softmax", "ranks": "scores", "weights": "scores", "normalise": True},
                     "observed": ["router_logits", "selected_experts", "routing_weights"], "derived": ["router_scores"], "capacity": False, "changes": "selection",
                     "sources": [{"path": os.path.abspath(__file__), "line": source, "what": "call"}]} for layer, name in enumerate(NAMES)],
        "skipped": [{"name": "lm_head", "reason": "feeds no top-k"}], "notes": []})
    for step in range(1, options.steps + 1):
        probe.send_columns({"type": "rows", "step": step, "pass": 0, "phase": "train", "rank": options.rank, "rows": ROWS},
                           sequence=("i32", [ROWS], [0, 0, 1, 1]), position=("i32", [ROWS], [0, 1, 0, 1]), token_id=("i32", [ROWS], [5, 6, 7, 8]))
        for index in range(len(NAMES)):
            selected = [[0, 1]] * ROWS if options.collapse else [[(step + row) % EXPERTS, (step + row + 3) % EXPERTS] for row in range(ROWS)]
            used = probe.router(index, step, selected)
            print("step", step, NAMES[index], used[0], flush=True)
        probe.last_id += 1
        held = probe.armed["hold"] == "step"
        probe.tell("step", {"id": probe.last_id, "step": step, "rank": options.rank, "held": held, "microBatches": 1, "loss": 2.0 / step,
                            "routers": [{"router": i, "checksum": "%x" % (step * 16 + i), "gradient": True} for i in range(2)], "dropped": 0, "graphBreaks": 0})
        if held:
            probe.verdict(probe.last_id)
    print("trained", file=sys.stderr, flush=True)
    if options.kill:
        time.sleep(2)  # at least one commit of the recording, which come once a second
        os.kill(os.getpid(), signal.SIGKILL)
    if options.wait:
        signal.pause()
    probe.tell("bye", {"reason": "exit"})
    return options.exit


if __name__ == "__main__":
    sys.exit(main())
