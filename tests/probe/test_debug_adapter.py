"""The debug adapter over a training: a breakpoint on a line of the program, before its first pass."""
import sys
import unittest

from adapter import ROOT, Adapter

TRAINING = ROOT / "tests" / "fixtures" / "training"
SCRIPT = TRAINING / "train_mixtral_style.py"


class DebugAdapterTest(unittest.TestCase):
    def setUp(self):
        self.client = Adapter()
        self.addCleanup(self.client.close)
        self.client.ask("initialize", adapterID="moe", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")

    def launch(self, **more):
        seq = self.client.send("launch", type="moe", program=str(SCRIPT), python=sys.executable, args=["--steps", "3", "--log-every", "1"], cwd=str(TRAINING), **more)
        self.client.ask("configurationDone")
        return self.client.response(seq)

    def call_line(self):
        """The line of the router's call."""
        return next(i for i, line in enumerate(SCRIPT.read_text(encoding="utf-8").splitlines(), 1) if "router_logits = self.gate(" in line)

    def test_a_breakpoint_on_the_routers_line_stops_the_first_pass(self):
        line = self.call_line()
        pending, = self.client.ask("setBreakpoints", source={"path": str(SCRIPT)}, breakpoints=[{"line": line, "condition": "layer == 1"}])["breakpoints"]
        self.assertFalse(pending["verified"])

        answer = self.launch()
        self.assertTrue(answer["success"], answer)
        waits, told = [self.client.event("breakpoint")["breakpoint"] for _ in range(2)]
        self.assertIn("waits for the first pass", waits["message"])
        self.assertEqual((pending["id"], True, line), (told["id"], told["verified"], told["line"]))
        stopped = self.client.event("stopped")
        self.assertEqual(("breakpoint", 1), (stopped["reason"], stopped["threadId"]))
        frames = self.client.ask("stackTrace", threadId=1)["stackFrames"]
        self.assertEqual((str(SCRIPT), line), (frames[0]["source"]["path"], frames[0]["line"]))
        self.assertIn("layers.1.moe.gate", frames[1]["name"])
        self.assertIn("step 1 (train)", frames[2]["name"])
        self.assertEqual("2", self.client.ask("evaluate", expression="k", frameId=frames[0]["id"], context="watch")["result"])
        self.assertEqual(["rank 0"], [thread["name"] for thread in self.client.ask("threads")["threads"]])

        self.client.ask("next", threadId=1)
        self.client.event("stopped")
        self.assertIn("layers.2.moe.gate", self.client.ask("stackTrace", threadId=1)["stackFrames"][1]["name"])
        self.client.ask("stepBack", threadId=1)
        self.assertIn("recorded, read-only", self.client.event("stopped")["text"])
        self.client.ask("setBreakpoints", source={"path": str(SCRIPT)}, breakpoints=[])
        self.client.ask("continue", threadId=1)      # to the present
        self.client.event("stopped")
        self.client.ask("continue", threadId=1)
        self.assertEqual(0, self.client.event("exited")["exitCode"])
        self.assertIn("step 3 loss", "".join(e["body"]["output"] for e in self.client.events if e["event"] == "output" and e["body"]["category"] == "stdout"))

    def test_while_the_first_pass_is_waited_for_the_text_says_which_lines_look_like_routers(self):
        line = self.call_line()
        seq = self.client.send("launch", type="moe", program=str(SCRIPT), python=sys.executable, args=["--steps", "1"], cwd=str(TRAINING))
        told = self.client.ask("setBreakpoints", source={"path": str(SCRIPT)}, breakpoints=[{"line": line}, {"line": 3}])["breakpoints"]
        self.assertEqual([(False, "pending"), (False, "pending")], [(each["verified"], each["reason"]) for each in told])
        self.assertIn("waits for the first pass: this line looks like a router's", told[0]["message"])
        self.assertIn("looks like no router's; nearest that does:", told[1]["message"])
        self.assertIn({"line": line}, self.client.ask("breakpointLocations", source={"path": str(SCRIPT)}, line=1, endLine=10000)["breakpoints"])
        self.client.ask("configurationDone")
        self.assertTrue(self.client.response(seq)["success"])
        self.client.event("stopped")
        told = {event["body"]["breakpoint"]["line"]: event["body"]["breakpoint"]["verified"] for event in self.client.events if event["event"] == "breakpoint"}
        self.assertEqual({line: True, 3: False}, told)
        self.client.ask("disconnect", terminateDebuggee=True)

    def test_a_line_without_a_router_names_the_nearest(self):
        self.client.ask("setBreakpoints", source={"path": str(SCRIPT)}, breakpoints=[{"line": 3}])
        self.assertTrue(self.launch(stopOnEntry=True)["success"])
        told = self.client.event("breakpoint")["breakpoint"]
        self.assertFalse(told["verified"])
        self.assertIn("nearest", told["message"])
        self.client.event("stopped")
        self.client.ask("disconnect", terminateDebuggee=True)

    def test_a_program_that_fails_before_its_first_pass_says_so(self):
        seq = self.client.send("launch", type="moe", command=[sys.executable, "-c", "print('hello'); raise SystemExit(3)"])
        self.client.ask("configurationDone")
        answer = self.client.response(seq)
        self.assertFalse(answer["success"])
        self.assertIn("exit code 3", answer["body"]["error"]["format"])
        self.assertIn("hello", "".join(e["body"]["output"] for e in self.client.events if e["event"] == "output"))


if __name__ == "__main__":
    unittest.main()
