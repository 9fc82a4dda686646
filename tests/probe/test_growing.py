"""Routers that run for the first time when the daemon knows the others already."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import daemon
from adapter import Adapter
from test_run_training import COMMAND, run

PROGRAM = pathlib.Path(__file__).resolve().parent / "growing.py"
LINES = PROGRAM.read_text(encoding="utf-8").splitlines()
OWN, OTHER = (next(number for number, line in enumerate(LINES, 1) if words in line) for words in ("# the models' line", "# the other model's line"))
ADDED = {"two": "Model.blocks.0.gate", "late": "blocks.1.gate", "eval": "Model.blocks.0.gate"}


class HeardTests(unittest.TestCase):
    def heard(self, word, arm=daemon.EVERYTHING):
        with daemon.Daemon(arm) as d:
            command = [sys.executable, str(PROGRAM), word]
            path = {"PYTHONPATH": daemon.PROBE} if word == "observe" else {"PYTHONPATH": ""}
            alone = subprocess.run(command, env=daemon.environment(**path), capture_output=True, text=True, timeout=100)
            done = subprocess.run(command, env={**daemon.environment(d.address), **({"PYTHONPATH": daemon.PROBE + ":" + daemon.PROBE + "/inject"} if word == "observe" else {})}, capture_output=True, text=True, timeout=100)
            self.assertEqual((0, ""), (done.returncode, done.stderr))
            self.assertEqual(alone.stdout, done.stdout)            # the losses to the last bit, and nothing stays in the way of modules' calls
            d.wait_for(lambda d: d.of("bye"))
            return d

    def decided(self, d):
        return [(head["router"], head["step"], head["phase"]) for head, _ in d.of("batch")]

    def test_AModelWhoseOptimizerStepsLater_IsFound(self):
        d = self.heard("two")
        self.assertEqual(["blocks.0.gate", "blocks.1.gate", "Model.blocks.0.gate"], [router["name"] for router in d.of("routers")[-1][0]["routers"]])
        self.assertEqual([step for step in range(2, 13, 2)], [step for router, step, _ in self.decided(d) if router == 2])
        self.assertEqual([step for step in range(1, 12, 2)], [step for router, step, _ in self.decided(d) if router == 1])

    def test_ALayerThatIsSwitchedOn_IsFoundInItsSecondPass(self):
        for arm in (daemon.EVERYTHING, {**daemon.EVERYTHING, "all": True}):
            d = self.heard("late", arm)
            self.assertEqual([["blocks.0.gate"], ["blocks.0.gate", "blocks.1.gate"]], [[router["name"] for router in head["routers"]] for head, _ in d.of("routers")])
            self.assertEqual([4, 5, 6], [step for router, step, _ in self.decided(d) if router == 1])
            self.assertEqual([1, 2, 3, 4, 5, 6], [step for router, step, _ in self.decided(d) if router == 0])
            said = [(kind, head.get("router"), head.get("step")) for kind, head, _ in d.messages if kind in ("routers", "batch")]
            self.assertLess(said.index(("batch", 0, 4)), said.index(("routers", None, None), 1))      # those that are known are held where they decide, in that pass too

    def test_AModelThatIsMadeAgain_TakesThePlaceOfTheOld(self):
        d = self.heard("again")
        self.assertEqual([["blocks.0.gate", "blocks.1.gate"]] * 2, [[router["name"] for router in head["routers"]] for head, _ in d.of("routers")])
        self.assertEqual([(0, 7, "train"), (1, 7, "train")], self.decided(d)[-2:])

    def test_ACopyThatIsEvaluated_IsAModelOfItsOwn(self):
        d = self.heard("eval")
        self.assertEqual(["blocks.0.gate", "blocks.1.gate", "Model.blocks.0.gate", "Model.blocks.1.gate"], [router["name"] for router in d.of("routers")[-1][0]["routers"]])
        self.assertEqual([(4, "eval"), (5, "eval")], [(step, phase) for router, step, phase in self.decided(d) if router == 2])
        self.assertEqual([1, 2, 3, 4, 5, 6], [step for router, step, _ in self.decided(d) if router == 0])

    def test_ARouterThatIsNamedLate_IsHeldAtOnce(self):
        d = self.heard("observe", {**daemon.EVERYTHING, "all": True})
        self.assertEqual(["blocks.0.gate", "blocks.1.gate", "by.hand"], [router["name"] for router in d.of("routers")[-1][0]["routers"]])
        self.assertEqual([True] * 4, [head["held"] for head, _ in d.of("batch") if head["router"] == 2])

    def test_NoBatchComes_BeforeItsRouterIsDescribed(self):
        for word in (*ADDED, "observe"):
            known = 0
            for kind, head, _ in self.heard(word).messages:
                if kind == "routers":
                    known = len(head["routers"])
                elif kind == "batch":
                    self.assertLess(head["router"], known)


class GrowingTests(unittest.TestCase):
    def test_ALineOfTheProgram_StopsTheRoutersThatComeToItLater(self):
        for word, name in ADDED.items():
            with self.subTest(word), tempfile.TemporaryDirectory() as folder:
                events, trace = pathlib.Path(folder) / "events", pathlib.Path(folder) / "trace.moetrace"
                place = "*.0.gate" if word == "two" else f"{PROGRAM}:{OWN}"
                done = run([*COMMAND, "run-training", "--break", place, "--filter", "hot_expert", "--record", trace, "--json-to", events, "--", sys.executable, PROGRAM, word])
                self.assertEqual(0, done.returncode, done.stderr)
                said = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
                self.assertIn(name, [event["router"] for event in said if event["kind"] == "stop"])
                tokens = {router["router"]: router["tokens"] for event in said if event["kind"] == "end" for router in event["routers"]}
                self.assertGreater(tokens[name], 0)
                exported = pathlib.Path(folder) / "rows.csv"
                done = run([*COMMAND, "trace", "export", trace, "--format", "csv", "--routers", name, "-o", exported])
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertEqual(tokens[name], len(exported.read_text(encoding="utf-8").splitlines()) - 1)

    def test_ABreakpointOfALineThatHadNoRouter_IsBoundWhenItHas(self):
        client = Adapter()
        self.addCleanup(client.close)
        client.ask("initialize", adapterID="moe", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        client.ask("setBreakpoints", source={"path": str(PROGRAM)}, breakpoints=[{"line": OTHER}])
        seq = client.send("launch", type="moe", program=str(PROGRAM), python=sys.executable, args=["two"])
        client.ask("configurationDone")
        self.assertTrue(client.response(seq)["success"])
        self.assertEqual("breakpoint", client.event("stopped")["reason"])
        told = [event["body"]["breakpoint"] for event in client.events if event["event"] == "breakpoint"]
        self.assertEqual([False, True], [each["verified"] for each in told][-2:])
        self.assertIn("nearest", told[-2]["message"])
        frames = client.ask("stackTrace", threadId=1)["stackFrames"]
        self.assertEqual((str(PROGRAM), OTHER), (frames[0]["source"]["path"], frames[0]["line"]))
        self.assertIn("Model.blocks.0.gate", frames[1]["name"])
        client.ask("disconnect", terminateDebuggee=True)


if __name__ == "__main__":
    unittest.main()
