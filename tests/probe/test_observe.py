"""moe_devtools.observe(): routers that are written by hand, with torch and without it."""
import array
import math
import subprocess
import sys
import unittest

import daemon
from test_line import choose

ARMED = {**daemon.EVERYTHING, "armed": [0]}
NUMPY = '''
import sys, numpy as np, moe_devtools
assert "torch" not in sys.modules
rng = np.random.default_rng(0)
class OnlyDlpack:
    def __init__(self, array): self.array = array
    def __dlpack__(self, **how): return self.array.__dlpack__(**how)
    def __dlpack_device__(self): return self.array.__dlpack_device__()
class OnlyArray:
    def __init__(self, array): self.array = array
    def __array__(self, *how, **named): return self.array
for number in range(1, 4):
    moe_devtools.step(number)
    for layer in range(2):
        logits = rng.normal(size=(5, 4)).astype(np.float64 if layer else np.float32)
        p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        selected = np.argsort(-logits, -1)[:, :2]
        weights = np.take_along_axis(p, selected, -1)
        weights = weights / weights.sum(-1, keepdims=True)
        given = (OnlyDlpack(logits), OnlyArray(selected), weights.tolist()) if number == 3 else (logits, selected, weights)
        s, w = moe_devtools.observe(f"layers.{layer}.router", logits=given[0], selected=given[1], weights=given[2])          # the line
        print(number, layer, "same" if s is given[1] and w is given[2] else f"{type(s).__name__} {s.dtype} {s.tolist()} {w.dtype}")
assert "torch" not in sys.modules
print("trained")
'''
TORCH = '''
import torch, moe_devtools
torch.manual_seed(0)
table, out = torch.randn(4, 8, requires_grad=True), torch.randn(4, 8, requires_grad=True)
optimizer = torch.optim.SGD([table, out], lr=0.1)
for number in range(3):
    x = torch.randn(2, 3, 8)
    logits = x @ table.t()
    weights, selected = logits.softmax(-1).topk(2)
    if FORCED and number == 1:
        selected = torch.tensor([3, 0]).expand(2, 3, 2)
        weights = logits.softmax(-1).gather(-1, selected)
    selected, weights = moe_devtools.observe("router", logits=logits, selected=selected, weights=weights)
    loss = (weights.unsqueeze(-1) * out[selected]).sum(2).pow(2).sum()
    optimizer.zero_grad(); loss.backward()
    print(selected.dtype, [round(v, 4) for v in (loss.item(), table.grad.abs().sum().item(), out.grad.abs().sum().item())])
    optimizer.step()
print("trained")
'''
MODULE = '''
import torch, moe_devtools
torch.manual_seed(0)
class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.experts = torch.nn.Linear(8, 4), torch.nn.ModuleList(torch.nn.Linear(8, 8) for _ in range(4))
    def forward(self, x):
        logits = self.gate(x)
        weights, selected = logits.softmax(-1).topk(2)
        if self.says:
            selected, weights = moe_devtools.observe("by hand", logits=logits, selected=selected, weights=weights)
        return sum(self.experts[e](x) * (weights * (selected == e)).sum(-1, keepdim=True) for e in range(4))
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.one, self.two = torch.nn.Embedding(9, 8), Block(), Block()
        self.one.says, self.two.says = True, False
    def forward(self, ids):
        return self.two(self.one(self.embed(ids)))
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for number in range(3):
    optimizer.zero_grad()
    model(torch.arange(6).view(2, 3)).sum().backward()
    optimizer.step()
print("trained")
'''


def run(program, address=None):
    done = subprocess.run([sys.executable, "-c", program], env=daemon.environment(address, PYTHONPATH=daemon.PROBE, PYTHONDONTWRITEBYTECODE="1"), capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def change(line, head, columns):
    """Experts 3 and 0 for every row of the first router in step 2, with the weights that a softmax gives them."""
    if columns is None or head["router"] != 0 or head["step"] != 2:
        return daemon.go_on(line, head, columns)
    logits = daemon.numbers(columns["router_logits"])
    weights = [math.exp(row[e]) / sum(map(math.exp, row)) for row in logits for e in (3, 0)]
    columns = [daemon.framing.Column("selected_experts", "i32", [len(logits), 2], array.array("i", [3, 0] * len(logits)).tobytes()), daemon.framing.Column("routing_weights", "f32", [len(logits), 2], array.array("f", weights).tobytes())]
    line.sendall(daemon.framing.binary_message({"type": "verdict", "id": head["id"], "slots": 2}, columns))


class ObserveTests(unittest.TestCase):
    def test_Arrays_OfNumpyAndOfNobody_ComeWithoutTorch_AndAreChanged(self):
        alone = run(NUMPY)
        with daemon.Daemon({**ARMED, "hold": "step"}, change) as d:
            heard = run(NUMPY, d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual([f"{number} {layer} same" for number in (1, 2, 3) for layer in (0, 1)], alone.splitlines()[:-1])
            self.assertEqual(f"2 0 ndarray int64 {[[3, 0]] * 5} float32", heard.splitlines()[2])
            self.assertEqual([line for number, line in enumerate(alone.splitlines()) if number != 2], [line for number, line in enumerate(heard.splitlines()) if number != 2])
            described = d.of("routers")[-1][0]["routers"]
            self.assertEqual([("layers.0.router", 0, 4, 2), ("layers.1.router", 1, 4, 2)], [(router["name"], router["layer"], router["experts"], router["k"]) for router in described])
            self.assertEqual({"scores": "softmax", "weights": "scores", "normalise": True}, described[0]["rule"])
            line = next(number for number, text in enumerate(NUMPY.splitlines(), 1) if "# the line" in text)
            self.assertEqual([line], [source["line"] for source in described[0]["sources"]])
            self.assertEqual([1, 2, 3], [head["step"] for head, _ in d.of("step")])
            self.assertEqual([(step, router) for step in (1, 2, 3) for router in (0, 1)], [(head["step"], head["router"]) for head, _ in d.of("batch")])
            self.assertEqual([5] * 3, [head["rows"] for head, _ in d.of("rows")])

    def test_Tensors_AreChanged_WithTheGradientOfTheirRule(self):
        alone, forced = run("FORCED = False" + TORCH), run("FORCED = True" + TORCH)
        with daemon.Daemon(ARMED, change) as d:
            heard = run("FORCED = False" + TORCH, d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual(forced, heard)
            self.assertNotEqual(alone, heard)
            self.assertEqual([1, 2, 3], [head["step"] for head, _ in d.of("step")])

    def test_RouterOfAModule_IsNotFoundASecondTime(self):
        with daemon.Daemon() as d:
            done = subprocess.run([sys.executable, "-c", MODULE], env=daemon.environment(d.address, PYTHONPATH=f"{daemon.PROBE}:{daemon.PROBE}/inject"), capture_output=True, text=True, timeout=120)
            self.assertEqual("trained\n", done.stdout, done.stderr)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual({"by hand", "two.gate"}, {router["name"] for router in d.of("routers")[0][0]["routers"]})
            self.assertEqual(1, len(d.of("routers")))
            self.assertEqual([(step, 6) for step in (1, 2, 3)], [(head["step"], head["rows"]) for head, _ in d.of("rows")])
            self.assertTrue(all(daemon.numbers(columns["token_id"]) == list(range(6)) for _, columns in d.of("rows")))
            self.assertEqual(6, len(d.of("batch")))

    def test_ChangeWithoutWeights_IsRefused_WithTheReason(self):
        with daemon.Daemon(ARMED, choose([3, 0], step=2)) as d:
            heard = run("FORCED = False" + TORCH, d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual(run("FORCED = False" + TORCH), heard)
            self.assertIn("no weights", d.of("refused")[0][0]["reason"])

    def test_WhatDoesNotFit_IsNamed(self):
        for given, words in (("logits=numpy.zeros((3, 4)), selected=numpy.zeros((2, 2), int)", "do not belong together"), ("logits=numpy.zeros((3, 4)), selected=numpy.zeros((3, 2), int), weights=numpy.zeros((3, 1))", "are not as many")):
            done = subprocess.run([sys.executable, "-c", f"import numpy, moe_devtools; moe_devtools.observe('r', {given})"], env=daemon.environment(PYTHONPATH=daemon.PROBE), capture_output=True, text=True)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
