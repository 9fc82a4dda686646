"""The training programs of tests/fixtures/training with the probe put into them: what is found, what is seen, and that nothing of the training changes."""
import os
import subprocess
import sys
import tempfile
import unittest

import daemon

TRAINING = os.path.join(daemon.FIXTURES, "training")
HELD = {**daemon.EVERYTHING, "all": True, "hold": "step", "stopAtNotFinite": True}
SMALL = ["train.py", "--config", "configs/small.json"]
PROGRAMS = {
    "mixtral": (["train_mixtral_style.py", "--grad-accum", "2", "--eval-every", "8"], [f"layers.{n}.moe.gate" for n in range(4)]),
    "mixtral, checkpointing and bf16": (["train_mixtral_style.py", "--checkpointing", "--bf16"], [f"layers.{n}.moe.gate" for n in range(4)]),
    "switch": (["train_switch_style.py", "--eval-every", "8"], [f"blocks.{n}.mlp.router" for n in (1, 3)]),
    "deepseek": (["train_deepseek_style.py"], [f"blocks.{n}.mlp.gate" for n in (1, 2, 3)]),
    "functional": (["train_functional_router.py"], [f"blocks.{n}.mlp.router" for n in (1, 3)]),
    "noisy": (["train_noisy_topk.py", "--eval-every", "8"], ["moe.w_gate"]),
    "distributed": (["train_distributed.py"], [f"blocks.{n}.mlp.gate" for n in range(3)]),
    "project": (SMALL, [f"layers.{n}.feed_forward.router" for n in (1, 2)]),
}


# Whole runs, of a program's own number of steps, take minutes each: MOE_WHOLE_RUNS=1 asks for them.
STEPS = None if os.environ.get("MOE_WHOLE_RUNS") else 16


def run(words, steps, address=None, check=True, **env):
    """(what it printed, its log of losses); steps = None: as many as it takes by itself"""
    folder = os.path.join(TRAINING, "project_layout") if words[0] == "train.py" else TRAINING
    with tempfile.TemporaryDirectory() as logs:
        log = os.path.join(logs, "loss")
        command = [sys.executable, *words, *([] if steps is None else ["--steps", str(steps)]), "--log-file", log]
        environment = {**daemon.environment(address, **env), "PYTHONDONTWRITEBYTECODE": "1"}
        if address is None:
            environment.pop("PYTHONPATH")
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=400 if steps else 3600)
        if check and done.returncode:
            raise AssertionError(done.stderr)
        with open(log, encoding="utf-8") as file:
            return done.stdout + done.stderr, file.read()


class ProgramTests(unittest.TestCase):
    def test_HeldPrograms_TrainBitByBitAsWithoutProbe(self):
        for name, (words, routers) in PROGRAMS.items():
            with self.subTest(name), daemon.Daemon(HELD) as d:
                _, alone = run(words, STEPS)
                _, held = run(words, STEPS, d.address)
                self.assertEqual(alone, held)
                d.wait_for(lambda d: d.of("bye"))
                self.assertEqual(routers, [router["name"] for router in d.of("routers")[-1][0]["routers"]])
                self.assertEqual(len(alone.splitlines()), len(d.of("step")))
                self.assertTrue(all(head["held"] for head, _ in d.of("batch")))
                self.assertEqual({"f32", "i32"}, {column.dtype for _, columns in d.of("batch") for column in columns.values()})
                self.assertTrue(all("router_logits" in columns and "selected_experts" in columns for _, columns in d.of("batch")))

    def test_UnheldPrograms_TellTheWeightsThatTheyUse(self):
        for name, (words, routers) in PROGRAMS.items():
            with self.subTest(name), daemon.Daemon() as d:
                _, alone = run(words, 2)
                _, heard = run(words, 2, d.address)
                self.assertEqual(alone, heard)
                d.wait_for(lambda d: d.of("bye"))
                for head, columns in d.of("batch"):
                    self.assertEqual([], head["derived"], name)
                    self.assertIn("routing_weights", columns)
                described = d.of("routers")[0][0]
                self.assertEqual([], described["skipped"])
                for router in described["routers"]:
                    for source in router["sources"]:
                        self.assertTrue(os.path.isfile(source["path"]) and source["path"].startswith(TRAINING))

    def test_Drops_AreThoseThatTheProgramPrints(self):
        for words in (PROGRAMS["switch"][0], PROGRAMS["functional"][0]):
            with self.subTest(words), daemon.Daemon() as d:
                said, _ = run(words, 1, d.address)
                d.wait_for(lambda d: d.of("bye"))
                batches = [columns for head, columns in d.of("batch") if head["step"] == 1 and head["phase"] == "train"]
                selected = [expert for columns in batches for row in daemon.numbers(columns["selected_experts"]) for expert in row]
                self.assertIn(f"dropped {selected.count(-1) / len(selected):.1%}", said)
                self.assertNotIn(-1, [expert for columns in batches for row in daemon.numbers(columns["chosen"]) for expert in row])

    def test_Passes_AreMicroBatchesAndEvaluations_AndRecomputationIsNone(self):
        with daemon.Daemon() as d:
            run(["train_mixtral_style.py", "--grad-accum", "2", "--checkpointing", "--eval-every", "2", "--eval-batches", "1"], 3, d.address)
            d.wait_for(lambda d: d.of("bye"))
            passes = [(head["step"], head["pass"], head["phase"]) for head, _ in d.of("rows")]
            self.assertEqual([(1, 0, "train"), (1, 1, "train"), (2, 0, "train"), (2, 1, "train"), (3, 0, "eval"), (3, 1, "train"), (3, 2, "train")], passes)
            self.assertEqual(4 * len(passes), len(d.of("batch")))
            self.assertEqual([0, 1], sorted({head["microBatch"] for head, _ in d.of("batch") if head["step"] == 1}))
            self.assertEqual([2, 2, 2], [head["microBatches"] for head, _ in d.of("step")])

    def test_Rows_AreTheTokens_AndPaddingIsKnownWhereItWasSaid(self):
        with daemon.Daemon() as d:
            run(PROGRAMS["switch"][0], 1, d.address, MOE_DEVTOOLS_PAD_ID="0")
            d.wait_for(lambda d: d.of("bye"))
            columns = d.of("rows")[0][1]
            ids, padding = daemon.numbers(columns["token_id"]), daemon.numbers(columns["padding"])
            self.assertEqual([int(token == 0) for token in ids], padding)
            self.assertIn(1, padding)
            self.assertEqual([(row // 64, row % 64) for row in range(512)], list(zip(daemon.numbers(columns["sequence"]), daemon.numbers(columns["position"]))))
        with daemon.Daemon() as d:
            run(PROGRAMS["switch"][0], 1, d.address)
            d.wait_for(lambda d: d.of("bye"))
            self.assertNotIn("padding", d.of("rows")[0][1])

    def test_FrozenRouter_KeepsItsChecksum(self):
        with daemon.Daemon() as d:
            run(["train_mixtral_style.py", "--expert-lr-mult", "2"], 4, d.address)
            d.wait_for(lambda d: d.of("bye"))
            seen = [tuple(router["checksum"] for router in head["routers"]) for head, _ in d.of("step")]
            self.assertEqual(1, len(set(seen)))
        with daemon.Daemon() as d:
            run(["train_mixtral_style.py"], 4, d.address)
            d.wait_for(lambda d: d.of("bye"))
            seen = [tuple(router["checksum"] for router in head["routers"]) for head, _ in d.of("step")]
            self.assertEqual(4, len(set(seen)))
            logged = [head["loss"] for head, _ in d.of("step")]
            self.assertTrue(all(3 < loss < 5 for loss in logged), logged)

    def test_NotFiniteLogits_AreHeld_ThoughNothingIsArmed(self):
        with daemon.Daemon({**daemon.EVERYTHING, "captured": [], "stopAtNotFinite": True}) as d:
            run(["train_mixtral_style.py", "--local-layers", "2", "--keep-empty-docs"], 85, d.address)
            d.wait_for(lambda d: d.of("bye"))
            held = [(head, columns) for head, columns in d.of("batch") if head["held"]]
            self.assertEqual([(85, 2), (85, 3)], [(head["step"], head["router"]) for head, _ in held])
            rows = [row for row, logits in enumerate(daemon.numbers(held[0][1]["router_logits"])) if any(value != value for value in logits)]
            self.assertEqual(list(range(144, 160)), rows)

    def test_Program_ThatFailsInItsForward_SaysSoWithTheRoutingSoFar(self):
        with daemon.Daemon() as d:
            words = ["-c", "import sys; sys.argv = ['train_mixtral_style.py', '--steps', '2']\nimport train_mixtral_style as t\nforward = t.Expert.forward\ncount = [0]\n"
                     "def fail(self, x):\n count[0] += 1\n if count[0] == 40: raise IndexError('no such row')\n return forward(self, x)\nt.Expert.forward = fail\nt.train(t.parse_config(['--steps', '2']))"]
            done = subprocess.run([sys.executable, *words], cwd=TRAINING, env=daemon.environment(d.address), capture_output=True, text=True, timeout=300)
            self.assertIn("IndexError: no such row", done.stderr)
            d.wait_for(lambda d: d.of("bye"))
            failed = d.of("failed")[0][0]
            self.assertEqual(("IndexError", "no such row", 2), (failed["type"], failed["message"], failed["step"]))
            self.assertEqual("fail", failed["stack"][0]["function"])
            self.assertEqual("exception", d.of("bye")[0][0]["reason"])

    def test_CandidateLines_AreThoseThatTheProgramConfirms(self):
        from moe_devtools import lines
        for words, _ in PROGRAMS.values():
            with self.subTest(words), daemon.Daemon() as d:
                run(words, 1, d.address)
                d.wait_for(lambda d: d.of("bye"))
                for source in (source for router in d.of("routers")[0][0]["routers"] for source in router["sources"]):
                    with open(source["path"], encoding="utf-8") as file:
                        self.assertIn({"line": source["line"], "what": source["what"]}, lines.lines_of(file.read()), source["path"])
        self.assertEqual(1, subprocess.run([sys.executable, "-m", "moe_devtools.lines", os.devnull + "/none"], cwd=daemon.PROBE, capture_output=True).returncode)


if __name__ == "__main__":
    unittest.main()
