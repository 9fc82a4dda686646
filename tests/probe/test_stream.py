"""What a probe sends, byte by byte: tests/fixtures/probe/probe.bytes, which the daemon's tests read too. MOE_WRITE_DOCS=1 writes it anew."""
import io
import os
import socket
import threading
import unittest

import daemon
import torch
from moe_devtools import framing
from moe_devtools.calls import Choice
from moe_devtools.client import Client
from moe_devtools.decisions import Decision
from moe_devtools.routers import Router, describe_all
from moe_devtools.rows import Rows
from moe_devtools.tensors import Copy

GOLDEN = os.path.join(daemon.FIXTURES, "probe", "probe.bytes")
WANTED = {"router_logits", "router_scores", "selection_scores", "selected_experts", "routing_weights"}


def request(key, method, params):
    return framing.json_message({"jsonrpc": "2.0", "id": key, "method": method, "params": params})


def notification(method, params):
    return framing.json_message({"jsonrpc": "2.0", "method": method, "params": params})


def messages_of(path):
    """(head, columns, bytes) of each message of a file."""
    with open(path, "rb") as file:
        whole, found = file.read(), []
    stream = io.BytesIO(whole)
    while True:
        start = stream.tell()
        message = framing.read_message(stream)
        if message is None:
            return found
        found.append((*message, whole[start:stream.tell()]))


def key_of(head, columns):
    """What an answer has to name: of a request, or of what is held; None = it waits for none."""
    params = head if columns is not None else head.get("params", head)
    return (True, params.get("id")) if params.get("held") or head.get("method") == "verdict" or params.get("type") == "verdict" else (False, head["id"]) if "id" in head and columns is None else None


def play(line, theirs):
    """A daemon that says what is recorded, up to the answer of each message that waits."""
    stream, theirs = line.makefile("rb"), iter(theirs)
    while True:
        message = framing.read_message(stream)
        if message is None:
            return line.close()
        key = key_of(*message)
        while key is not None:
            head, columns, data = next(theirs)
            line.sendall(data)
            if key_of(head, columns) == key:
                break


def decided(router, logits, scores, selected, weights):
    """What one router decided for two rows."""
    decision = Decision(router, 2)
    decision.logits = Copy(torch.tensor(logits))
    scores = torch.tensor(scores)
    top = scores.topk(2)
    decision.add(Choice(None, scores, 2, top.values, torch.tensor(selected), top))
    decision.weights = ("slots", Copy(torch.tensor(weights)))
    return decision


def batch(key, decision, held, micro_batch=0, **place):
    slots, derived, columns = decision.message(WANTED)
    return framing.binary_message({"type": "batch", "id": key, "router": 0, **place, "held": held, "tokens": 2, "microBatch": micro_batch, "slots": slots, "derived": derived}, columns)


def step(key, number, held, micro_batches, routers, **loss):
    return notification("step", {"id": key, "step": number, "rank": 0, "held": held, "microBatches": micro_batches, "dropped": 0, "routers": routers, **loss})


def session():
    """One router of three experts in three steps: what nobody waits for, a NaN, and a decision that is changed. What the daemon says to it is daemon.bytes."""
    router = Router("layers.0.moe.gate", ["module.layers.0.moe.gate"], 3, 2)
    router.index, router.rule, router.ranks_plain_scores = 0, {"scores": "softmax", "ranks": "scores", "weights": "scores", "normalise": True}, True
    router.sources = [("/projects/moe/train.py", 81, "call")]
    router.observed = ["router_logits", "router_scores", "routing_weights", "selected_experts", "selection_scores"]
    doubtful = decided(router, [[float("nan"), -1.0, 0.25], [0.0, 1.0, 0.5]], [[0.125, 0.25, 0.625], [0.25, 0.5, 0.25]], [[2, 1], [1, 2]], [[0.75, 0.25], [0.625, 0.375]])
    even = decided(router, [[1.0] * 3] * 2, [[1 / 3] * 3] * 2, [[0, 1], [1, 2]], [[0.5, 0.5]] * 2)
    yield request(1, "hello", {"protocol": 1, "probe": "moe_devtools 0.1.0", "runtime": "CPython 3.11.2", "framework": "torch 1.13.1", "pid": 4711, "program": "train.py", "args": [], "cwd": "/projects/moe",
                               "rank": 0, "worldSize": 1})
    yield request(2, "routers", {"routers": describe_all([router]), "skipped": [], "notes": []})
    place = {"step": 1, "pass": 0, "phase": "train", "rank": 0}
    yield framing.binary_message({"type": "rows", **place, "rows": 2}, Rows(torch.tensor([[7], [8]]), None, None, False).columns())
    yield batch(1, even, False, **place)
    evaluation = {**place, "pass": 1, "phase": "eval"}
    yield framing.binary_message({"type": "rows", **evaluation, "rows": 2}, [])
    yield batch(2, even, False, 1, **evaluation)
    yield step(3, 1, False, 1, [{"router": 0, "checksum": "f61c6659", "gradient": True}], loss=2.5)
    place["step"] = 2
    yield framing.binary_message({"type": "rows", **place, "rows": 2}, Rows(torch.tensor([[5, 0]]), None, 0, False).columns())
    yield batch(4, doubtful, True, **place)
    yield step(5, 2, True, 1, [])
    place["step"] = 3
    yield framing.binary_message({"type": "rows", **place, "rows": 2}, Rows(torch.tensor([[5, 6]]), None, 0, False).columns())
    yield batch(6, even, True, **place)
    yield step(7, 3, True, 1, [], loss=0.125)
    yield notification("bye", {"reason": "exit"})


class StreamTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("MOE_WRITE_DOCS"):
            os.makedirs(os.path.dirname(GOLDEN), exist_ok=True)
            with open(GOLDEN, "wb") as file:
                file.write(b"".join(session()))

    def test_Session_IsTheGolden(self):
        written = b"".join(session())
        with open(GOLDEN, "rb") as file:
            self.assertEqual(file.read(), written)

    def test_Golden_IsReadAsItWasWritten(self):
        with open(GOLDEN, "rb") as file:
            messages = list(iter(lambda: framing.read_message(file), None))
        self.assertEqual(14, len(messages))
        head, columns = messages[8]
        self.assertEqual([[2, 1], [1, 2]], daemon.numbers(columns["selected_experts"]))
        self.assertEqual([[0.75, 0.25], [0.625, 0.375]], daemon.numbers(columns["routing_weights"]))
        self.assertNotEqual(daemon.numbers(columns["router_logits"])[0][0], daemon.numbers(columns["router_logits"])[0][0])
        self.assertEqual([0, 1], daemon.numbers(messages[7][1]["padding"]))

    def test_TheDaemonsSide_IsHeard(self):
        """daemon.bytes is what a real daemon answers to probe.bytes; its tests write it."""
        ours, theirs = messages_of(GOLDEN), messages_of(os.path.join(daemon.FIXTURES, "probe", "daemon.bytes"))
        near, far = socket.socketpair()
        playing = threading.Thread(target=play, args=(far, theirs), daemon=True)
        playing.start()
        client = Client(near)
        client.greet("torch")
        client.ask("routers", {"routers": []})
        self.assertEqual((False, True, False, True), (client.arming.holds(0), client.arming.wants(0), client.arming.holds_steps, client.arming.stops_at_not_finite))
        self.assertEqual(WANTED, client.arming.columns)
        self.assertEqual({}, client.hold(ours[8][2], 4)[1])
        self.assertEqual((True, True), (client.arming.holds(0), client.arming.holds_steps))
        self.assertEqual({}, client.hold(ours[9][2], 5)[1])
        _, columns = client.hold(ours[11][2], 6)
        self.assertEqual([[1, 2], [1, 2]], daemon.numbers(columns["selected_experts"]))
        self.assertEqual([[0.5, 0.5], [0.5, 0.5]], daemon.numbers(columns["routing_weights"]))
        self.assertEqual({}, client.hold(ours[12][2], 7)[1])
        client.close()
        playing.join()

    def test_BrokenMessages_AreErrors_NotValues(self):
        with open(GOLDEN, "rb") as file:
            whole = file.read()
        for cut in range(1, 400, 7):
            with self.assertRaises(framing.FramingError):
                stream = io.BytesIO(whole[:cut])
                while framing.read_message(stream) is not None:
                    pass
        for bad in (b"Content-Length: x\r\n\r\n", b"\r\n", b"Content-Length: 2\n\n{}", b"Content-Length: 1\r\n\r\n{", b"Content-Length: 999999999999\r\n\r\n",
                    b"Content-Type: application/vnd.moe-devtools.routing\r\nContent-Length: 8\r\n\r\n\xff\xff\xff\xff    "):
            with self.assertRaises(framing.FramingError):
                framing.read_message(io.BytesIO(bad))


if __name__ == "__main__":
    unittest.main()
