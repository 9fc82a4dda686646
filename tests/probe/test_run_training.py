"""run-training over real PyTorch programs: what a person finds with it in trainings that go wrong, and that one that is debugged is the same training."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
COMMAND = ["dotnet", PROGRAM] if PROGRAM.endswith(".dll") else [PROGRAM]
TRAINING = ROOT / "tests" / "fixtures" / "training"
MIXTRAL = "train_mixtral_style.py"
PATIENCE = 240  # seconds
EVERY_FILTER = ("router_collapse", "dead_expert", "frozen_router", "logit_explosion", "token_drop", "entropy_cliff", "load_imbalance", "hot_expert", "cold_expert", "undecided_router", "over_sharp_router")
RANKS = "import os, subprocess, sys; ranks = [subprocess.Popen([sys.executable, *sys.argv[2:]], env={**os.environ, 'RANK': str(r), 'LOCAL_RANK': str(r), 'WORLD_SIZE': sys.argv[1], 'MASTER_ADDR': '127.0.0.1', " \
        "'MASTER_PORT': os.environ['PORT']}) for r in range(int(sys.argv[1]))]; sys.exit(max(rank.wait() for rank in ranks))"


def run(command, **environment):
    return subprocess.run([str(word) for word in command], cwd=TRAINING, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, "OMP_NUM_THREADS": "1", **environment})


def train(options, program, *arguments, **environment):
    return run([*COMMAND, "run-training", *options, "--", sys.executable, program, *arguments], **environment)


class RunTrainingTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def events(self, options, *program, code=0, **environment):
        file = self.folder / "events.jsonl"
        done = train([*options, "--json-to", file], *program, **environment)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        kinds = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            kinds.setdefault(fields["kind"], []).append(fields)
        return kinds

    def test_losses_are_bit_identical_while_a_router_is_waited_for(self):
        logs = [self.folder / name for name in ("plain", "debugged")]
        plain = run([sys.executable, MIXTRAL, "--steps", 12, "--log-file", logs[0]])
        self.assertEqual(0, plain.returncode, plain.stderr)
        kinds = self.events(["--break", "layers.1.moe.gate if load(3) > 0.9", "--record", self.folder / "a.moetrace"], MIXTRAL, "--steps", "12", "--log-file", str(logs[1]))
        losses = [[json.loads(line)["loss"] for line in log.read_text(encoding="utf-8").splitlines()] for log in logs]
        self.assertEqual(12, len(losses[0]))
        self.assertEqual(*losses)
        self.assertGreater(kinds["end"][0]["stops"], 0)

    def test_a_line_of_the_program_stops_its_routers(self):
        line = next(number for number, text in enumerate((TRAINING / MIXTRAL).read_text(encoding="utf-8").splitlines(), 1) if "router_logits = self.gate(x)" in text)
        kinds = self.events(["--break", f"{MIXTRAL}:{line} if step == 3"], MIXTRAL, "--steps", "4")
        self.assertEqual([(3, f"layers.{layer}.moe.gate") for layer in range(4)], [(stop["step"], stop["router"]) for stop in kinds["stop"]])
        self.assertEqual([2048] * 4, [router["tokens"] for router in kinds["end"][0]["routers"]])

    def test_nan_is_found_where_it_arises(self):
        kinds = self.events([], MIXTRAL, "--local-layers", "2", "--keep-empty-docs", "--steps", "85")
        stop, = kinds["stop"]
        self.assertEqual((85, "layers.2.moe.gate", 144), (stop["step"], stop["router"], stop["row"]))
        self.assertIn("16 of 512 rows", stop["anomaly"]["text"])

    def test_a_collapse_fails_the_gate_by_step_50(self):
        kinds = self.events(["--fail-on", "router_collapse"], MIXTRAL, "--aux-loss-coef", "0", "--z-loss-coef", "0", "--entropy-coef", "0.1", "--steps", "50", code=1)
        found = {anomaly["router"] for anomaly in kinds["anomaly"] if anomaly["id"] == "router_collapse"}
        self.assertLessEqual({"layers.1.moe.gate", "layers.2.moe.gate"}, found)

    def test_a_frozen_router_is_found(self):
        kinds = self.events(["--filter", "frozen_router"], MIXTRAL, "--expert-lr-mult", "2", "--steps", "22")
        self.assertEqual([f"layers.{layer}.moe.gate" for layer in range(4)], sorted(anomaly["router"] for anomaly in kinds["anomaly"]))

    def test_a_healthy_training_raises_nothing_above_info(self):
        kinds = self.events([word for filter in EVERY_FILTER for word in ("--filter", filter)], MIXTRAL, "--steps", "40")
        self.assertEqual([], [anomaly for anomaly in kinds.get("anomaly", []) if anomaly["severity"] != "info"])

    def test_two_ranks_stop_together(self):
        file = self.folder / "events.jsonl"
        done = run([*COMMAND, "run-training", "--break", "*.1.mlp.gate if step == 2", "--json-to", file, "--", sys.executable, "-c", RANKS, 2, "train_distributed.py", "--steps", 3], PORT="29731")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        self.assertEqual([2, 2], [line["step"] for line in lines if line["kind"] == "stop"])
        self.assertEqual([], [line for line in lines if line["kind"] == "notice"])


if __name__ == "__main__":
    unittest.main()
