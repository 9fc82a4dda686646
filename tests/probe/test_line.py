"""The line between a training and its daemon: stops and changes, and everything that can happen to either end."""
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

import daemon
from moe_devtools import framing
from moe_devtools.client import Client

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINER = os.path.join(HERE, "trainer.py")
ARMED = {**daemon.EVERYTHING, "armed": [0]}


def start(*options, address=None, words=None, **env):
    environment = {**daemon.environment(address, **env), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen([sys.executable, *(words or [TRAINER]), *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=HERE)


def finish(program):
    out, error = program.communicate(timeout=120)
    return out, error, program.returncode


def choose(experts, step, slots=2):
    """Puts `experts` in place of the choice of every row at router 0 in the first pass of a step; everything else goes on."""
    def on_held(line, head, columns):
        if head["type"] != "batch" or (head["router"], head["step"], head["pass"]) != (0, step, 0):
            return daemon.go_on(line, head, columns)
        data = b"".join(e.to_bytes(4, "little", signed=True) for _ in range(head["tokens"]) for e in experts)
        line.sendall(framing.binary_message({"type": "verdict", "id": head["id"], "slots": slots, "router": 0}, [framing.Column("selected_experts", "i32", [head["tokens"], slots], data)]))
    return _typed(on_held)


def _typed(on_held):
    def typed(line, head, columns):
        on_held(line, head if columns is not None else {**head, "type": "step"}, columns)
    return typed


CELLS = [
    "import torch, sys; sys.path.insert(0, '.'); sys.argv = ['trainer']; import trainer; torch.manual_seed(0); ids = torch.arange(32).view(4, 8) % 16",
    "model = trainer.Model(); optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",
    "def fit(n):\n  for _ in range(n):\n    loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.flatten())\n    optimizer.zero_grad(); loss.backward(); optimizer.step()",
    "fit(2)",
    "model(ids + 100)",                                        # there is no such token
    "model.layers[1].experts[0].weight = None\nfit(1)",         # fails within the pass, after a router has decided
    "fit(1)",
    "model = trainer.Model(); optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",
    "fit(2)",
    "print('trained')",
]
NOTEBOOK = f"""import traceback
for cell in {CELLS!r}:
    try:
        exec(cell, globals())
    except Exception:
        traceback.print_exc()
"""


class LineTests(unittest.TestCase):
    def trained(self, *options, **more):
        out, error, code = finish(start(*options, **more))
        self.assertEqual((0, True), (code, out.endswith("trained\n")), error)
        return out, error

    def test_Change_ReachesTheRunningStep_WithItsGradients(self):
        with daemon.Daemon(ARMED, choose([3, 0], step=2)) as d:
            out, _ = self.trained(address=d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual([], d.of("refused"))
            lines = out.splitlines()
            self.assertIn("step 2 experts of layer 0 with gradients: [0, 3]", lines[1])
            self.assertNotIn("[0, 3]", lines[0])
            self.assertGreater(float(lines[1].split()[-1]), 0)              # and the gate learns from it

    def test_Change_IsWhatTheModelWouldHaveDoneItself_AlsoWhereItIsComputedAgain(self):
        for options in ((), ("checkpoint",), ("reentrant",), ("checkpoint", "twice"), ("reentrant", "twice")):
            with self.subTest(options), daemon.Daemon(ARMED, choose([3, 0], step=2)) as d:
                alone, _ = self.trained(*options)
                forced, _ = self.trained("forced", *options)
                out, _ = self.trained(*options, address=d.address)
                d.wait_for(lambda d: d.of("bye"))
                self.assertEqual([], d.of("refused"))
                self.assertEqual(forced, out)
                self.assertNotEqual(alone, out)
                self.assertEqual(6 if "twice" in options else 3, len([head for head, _ in d.of("batch") if head["router"] == 0]))
                self.assertEqual([2 if "twice" in options else 1] * 3, [head["microBatches"] for head, _ in d.of("step")])

    def test_Change_ThatDoesNotFit_IsRefused_WithItsReason(self):
        for experts, words in (([1], "1]"), ([0, 9], "expert that there is not"), ([0, -1], "empty slot")):
            with self.subTest(experts), daemon.Daemon(ARMED, choose(experts, step=2, slots=len(experts))) as d:
                self.trained(address=d.address)
                d.wait_for(lambda d: d.of("bye"))
                self.assertIn(words, d.of("refused")[0][0]["reason"])

    def test_Change_InTheFirstPass_IsRefused(self):
        with daemon.Daemon(ARMED, choose([3, 0], step=1)) as d:
            self.trained(address=d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual(1, len(d.of("refused")))

    def test_Change_OfAProgramThatChoosesByAThreshold_IsRefused_WhenThatIsSeen(self):
        with daemon.Daemon(ARMED, choose([3, 0], step=2)) as d:
            self.trained("threshold", address=d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertIn("by their scores", d.of("refused")[0][0]["reason"])

    def test_Held_HasWeightsByTheRule_AndSaysSo(self):
        with daemon.Daemon(ARMED) as d:
            self.trained(address=d.address)
            d.wait_for(lambda d: d.of("bye"))
            held = [(head, columns) for head, columns in d.of("batch") if head["held"]]
            self.assertEqual([[], ["routing_weights"], ["routing_weights"]], [head["derived"] for head, _ in held])
            for _, columns in held:
                for scores, chosen, weights in zip(*(daemon.numbers(columns[name]) for name in ("router_scores", "selected_experts", "routing_weights"))):
                    total = sum(scores[e] for e in chosen)
                    for e, weight in zip(chosen, weights):
                        self.assertAlmostEqual(scores[e] / total, weight, places=5)

    def test_NoDaemon_IsSaidOnce_AndTheTrainingGoesOn(self):
        out, error = self.trained(address="unix:/nowhere/at/all")
        self.assertEqual(1, error.count("moe-devtools:"), error)
        self.assertIn("goes on", error)
        self.assertEqual(self.trained()[0], out)

    def test_DaemonThatHangsUp_LetsTheTrainingGoOn(self):
        def hang_up(line, head, columns):
            line.shutdown(socket.SHUT_RDWR)
        with daemon.Daemon({**ARMED, "hold": "step"}, hang_up) as d:
            out, error = self.trained(address=d.address)
            self.assertEqual(1, error.count("the daemon is gone"), error)
            self.assertEqual(self.trained()[0], out)

    def test_DaemonOfAnotherProtocol_IsNamed(self):
        with daemon.Daemon() as d:
            d.refuses = True
            take = d._take

            def refuse(line, head, columns):
                if head.get("method") == "hello":
                    line.sendall(framing.json_message({"jsonrpc": "2.0", "id": head["id"], "error": {"code": -32001, "message": "update the probe"}}))
                else:
                    take(line, head, columns)
            d._take = refuse
            _, error = self.trained(address=d.address)
            self.assertIn("update the probe", error)

    def test_CtrlC_WhileHeld_EndsTheProgram(self):
        program = None

        def interrupt(line, head, columns):
            program.send_signal(signal.SIGINT)
        with daemon.Daemon(ARMED, interrupt) as d:
            program = start(address=d.address)
            _, error, code = finish(program)
            self.assertIn("KeyboardInterrupt", error)
            self.assertNotEqual(0, code)
            d.wait_for(lambda d: d.of("bye"))

    def test_Fork_LeavesTheLineToTheParent(self):
        with daemon.Daemon() as d:
            out, _ = self.trained("fork", address=d.address)
            self.assertIn("child 0\n", out)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual((1, 3, 6), (len(d.of("hello")), len(d.of("step")), len(d.of("batch"))))

    def test_Workers_AreNotConnected(self):
        with daemon.Daemon() as d:
            self.trained("workers", address=d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual((1, 3, 6), (len(d.of("hello")), len(d.of("step")), len(d.of("batch"))))

    def test_Attach_KnowsPaddingAndSteps(self):
        for options in (("attach", "numbered"), ("attach", "numbered", "tokenizer")):
            with self.subTest(options), daemon.Daemon() as d:
                self.trained(*options, words=["-c", f"import runpy, sys; sys.path.append({daemon.PROBE!r}); sys.argv[0] = {TRAINER!r}; runpy.run_path({TRAINER!r}, run_name='__main__')"],
                             address=d.address, PYTHONPATH="")
                d.wait_for(lambda d: d.of("bye"))
                self.assertEqual([101, 102, 103], [head["step"] for head, _ in d.of("step")])
                self.assertIn(1, daemon.numbers(d.of("rows")[0][1]["padding"]))

    def test_WaitingProcess_IsAttachedTo_LetGo_AndAttachedToAgain(self):
        with tempfile.TemporaryDirectory() as runtime:
            program = start("attach", "long", PYTHONPATH=daemon.PROBE, XDG_RUNTIME_DIR=runtime)
            try:
                program.stdout.readline()
                (description,) = glob.glob(os.path.join(runtime, "moe-devtools", "*.json"))
                with open(description, encoding="utf-8") as file:
                    said = json.load(file)
                self.assertEqual((program.pid, TRAINER, 0, 1), (said["pid"], said["program"], said["rank"], said["worldSize"]))
                self.assertEqual((0o700, 0o600), (os.stat(os.path.dirname(description)).st_mode & 0o777, os.stat(said["address"][len("unix:"):]).st_mode & 0o777))
                for _ in range(2):
                    with daemon.Daemon({**daemon.EVERYTHING, "hold": "step"}) as d:
                        line = socket.socket(socket.AF_UNIX)
                        line.connect(said["address"][len("unix:"):])
                        import threading
                        threading.Thread(target=d.serve, args=(line,), daemon=True).start()
                        d.wait_for(lambda d: len(d.of("step")) >= 3)
                        line.sendall(framing.json_message({"jsonrpc": "2.0", "id": 7, "method": "stack"}))
                        d.wait_for(lambda d: d.of("answer"))
                        frames = d.of("answer")[0][0]["result"]["threads"][0]["frames"]
                        self.assertIn(TRAINER, [frame["path"] for frame in frames])
                        line.sendall(framing.json_message({"jsonrpc": "2.0", "method": "detach", "params": {}}))
                        d.wait_for(lambda d: d.of("gone"))
                        self.assertEqual("detached", d.of("bye")[0][0]["reason"])
                self.assertIsNone(program.poll())
            finally:
                program.send_signal(signal.SIGINT)
                finish(program)
            self.assertEqual([], os.listdir(os.path.join(runtime, "moe-devtools")))

    def test_OtherSitecustomize_RunsToo_AndModulesAndProcessesWithoutTorchAreLeftAlone(self):
        with tempfile.TemporaryDirectory() as folder, daemon.Daemon() as d:
            with open(os.path.join(folder, "sitecustomize.py"), "w", encoding="utf-8") as file:
                file.write("import sys; sys.of_the_user = 42\n")
            path = os.pathsep.join((os.path.join(daemon.PROBE, "inject"), folder))
            done = subprocess.run([sys.executable, "-c", "import sys; print(sys.of_the_user, 'moe_devtools' in sys.modules, [p for p in sys.meta_path if 'Torch' in type(p).__name__] != [])"],
                                  env=daemon.environment(d.address, PYTHONPATH=path), capture_output=True, text=True)
            self.assertEqual("42 False True\n", done.stdout, done.stderr)
            self.trained(words=["-m", "trainer"], address=d.address, PYTHONPATH=path)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual(1, len(d.of("hello")))

    def test_SlowDaemon_IsNotWaitedFor_AndWhatHadNoRoomIsCounted(self):
        line, other = socket.socketpair()
        client = Client(line)
        queued = sum(client.send(lambda: bytes(10000)) for _ in range(5000))
        self.assertLess(queued, 5000)
        self.assertEqual((5000 - queued, 0), (client.take_dropped(), client.take_dropped()))
        self.assertTrue(client.put(b"a step is not dropped"))
        client.write()
        with other:
            came = b""
            while not came.endswith(b"a step is not dropped"):
                came += other.recv(1 << 20)
        self.assertEqual(10000 * queued, came.count(b"\0"))
        client.close()

    def test_NoRouter_IsSaid_WithTheReason(self):
        for kind, reason in (("dense", "no router was found"), ("compiled", "torch.compile"), ("functions", "moe_devtools.observe")):
            with self.subTest(kind), daemon.Daemon() as d:
                self.trained(kind, address=d.address)
                d.wait_for(lambda d: d.of("bye"))
                (described,) = [head for head, _ in d.of("routers")]
                self.assertEqual([], described["routers"])
                self.assertIn(reason, described["notes"][0])
                self.assertEqual(kind == "compiled", "torch.compile: 5 graph breaks, all of them the program's own" in described["notes"])
                self.assertEqual([], d.of("batch"))

    def test_Notebook_GoesOnAfterErrorsAndWithAnotherModel(self):
        with daemon.Daemon() as d:
            _, error = self.trained(words=["-c", NOTEBOOK], address=d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertEqual(3, error.count("Traceback"), error)
            self.assertEqual([1, 2, 3, 4], [head["step"] for head, _ in d.of("step")])
            whole = [(head["step"], head["router"]) for head, _ in d.of("batch")]
            self.assertEqual([(1, 0), (1, 1), (2, 0), (2, 1)], whole[:4])
            self.assertEqual([(3, 0), (3, 1), (4, 0), (4, 1)], whole[-4:])
            self.assertEqual(1, len({tuple(router["name"] for router in head["routers"]) for head, _ in d.of("routers")}))
            keys = [(head["step"], head["pass"], head["router"]) for head, _ in d.of("batch")]
            self.assertEqual(len(keys), len(set(keys)))

    def test_Torchrun_OfFourProcesses_ComesAsFourRanks(self):
        with daemon.Daemon({**daemon.EVERYTHING, "all": True, "hold": "step"}) as d, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            free.close()
            # A rank 9 that there is not: Debian's torch 1.13 cannot start its own launcher under Python 3.11 without.
            program = start("rank", words=["-m", "torch.distributed.run", "--nproc_per_node", "4", "--master_port", port, "--redirects", "9:1", "--tee", "9:1", TRAINER], address=d.address)
            out, error, code = finish(program)
            self.assertEqual((0, 4), (code, out.count("trained")), error)       # ranks write into each other's lines
            d.wait_for(lambda d: len(d.of("bye")) == 4)
            self.assertEqual([(rank, 4) for rank in range(4)], sorted((head["rank"], head["worldSize"]) for head, _ in d.of("hello")))
            self.assertEqual([6] * 4, [sum(head["rank"] == rank for head, _ in d.of("batch")) for rank in range(4)])

    def test_Ranks_ComeEachByItself_WithOneSetOfNames(self):
        with daemon.Daemon({**daemon.EVERYTHING, "all": True, "hold": "step"}) as d, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            free.close()
            ranks = [start("rank", address=d.address, RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port) for rank in range(2)]
            for rank in ranks:
                out, error, code = finish(rank)
                self.assertEqual(0, code, error)
            d.wait_for(lambda d: len(d.of("bye")) == 2)
            self.assertEqual([(0, 2), (1, 2)], sorted((head["rank"], head["worldSize"]) for head, _ in d.of("hello")))
            for head, _ in d.of("routers"):
                self.assertEqual(["layers.0.gate", "layers.1.gate"], [router["name"] for router in head["routers"]])
                self.assertIn("module.layers.0.gate", head["routers"][0]["aliases"])
            self.assertEqual([6, 6], [sum(head["rank"] == rank for head, _ in d.of("batch")) for rank in range(2)])


if __name__ == "__main__":
    unittest.main()
