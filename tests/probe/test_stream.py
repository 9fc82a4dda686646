"""What a probe sends, byte by byte: tests/fixtures/probe/probe.bytes, which the daemon's tests read too. MOE_WRITE_DOCS=1 writes it anew."""
import io
import os
import unittest

import daemon
import torch
from moe_devtools import framing
from moe_devtools.calls import Choice
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


def session():
    """Two rows, one router of three experts, one held batch with a NaN, one step."""
    router = Router("layers.0.moe.gate", ["module.layers.0.moe.gate"], 3, 2)
    router.index, router.rule, router.ranks_plain_scores = 0, {"scores": "softmax", "ranks": "scores", "weights": "scores", "normalise": True}, True
    router.sources = [("/projects/moe/train.py", 81, "call")]
    logits = torch.tensor([[0.0, 1.0, 0.5], [float("nan"), -1.0, 0.25]])
    scores = torch.tensor([[0.25, 0.5, 0.25], [0.125, 0.25, 0.625]])
    decision = Decision(router, 2)
    decision.logits = Copy(logits)
    top = scores.topk(2)
    decision.add(Choice(None, scores, 2, top.values, torch.tensor([[1, 2], [2, 1]]), top), Copy)
    decision.weights = ("slots", Copy(torch.tensor([[0.625, 0.375], [0.75, 0.25]])))
    rows = Rows([torch.tensor([[5, 0]])], {}, 0)
    slots, derived, columns = decision.message(WANTED)
    yield request(1, "hello", {"protocol": 1, "probe": "moe_devtools 0.1.0", "runtime": "CPython 3.11.2", "framework": "torch 1.13.1", "pid": 4711, "program": "train.py", "args": [], "cwd": "/projects/moe",
                               "rank": 0, "worldSize": 1})
    yield request(2, "routers", {"routers": describe_all([router]), "skipped": [], "notes": []})
    yield framing.binary_message({"type": "rows", "step": 1, "pass": 0, "phase": "train", "rank": 0, "rows": 2}, rows.columns())
    yield framing.binary_message({"type": "batch", "id": 1, "router": 0, "step": 1, "pass": 0, "phase": "train", "rank": 0, "held": True, "tokens": 2, "microBatch": 0, "slots": slots, "derived": derived}, columns)
    yield notification("step", {"id": 2, "step": 1, "rank": 0, "held": False, "microBatches": 1, "dropped": 0, "routers": [{"router": 0, "checksum": "0badcafe", "gradient": True}], "loss": 2.5})
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
        self.assertEqual(6, len(messages))
        head, columns = messages[3]
        self.assertEqual([[1, 2], [2, 1]], daemon.numbers(columns["selected_experts"]))
        self.assertEqual([[0.625, 0.375], [0.75, 0.25]], daemon.numbers(columns["routing_weights"]))
        self.assertNotEqual(daemon.numbers(columns["router_logits"])[1][0], daemon.numbers(columns["router_logits"])[1][0])
        self.assertEqual([0, 1], daemon.numbers(messages[2][1]["padding"]))

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
