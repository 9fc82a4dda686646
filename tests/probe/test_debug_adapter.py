"""The debug adapter over a training: a breakpoint on a line of the program, before its first pass."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
COMMAND = ["dotnet", PROGRAM] if PROGRAM.endswith(".dll") else [PROGRAM]
TRAINING = ROOT / "tests" / "fixtures" / "training"
SCRIPT = TRAINING / "train_mixtral_style.py"


class Client:
    """Speaks the protocol over the adapter's stdin and stdout; events and responses are waited for in their order."""

    def __init__(self):
        self.process = subprocess.Popen([*COMMAND, "dap", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        self.sent = 0
        self.events = []
        self.responses = {}

    def send(self, request, **arguments):
        self.sent += 1
        body = json.dumps({"seq": self.sent, "type": "request", "command": request, "arguments": arguments}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()
        return self.sent

    def read(self):
        length = 0
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise EOFError("the adapter has ended")
            if line == b"\r\n":
                return json.loads(self.process.stdout.read(length))
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)

    def response(self, seq):
        while seq not in self.responses:
            message = self.read()
            if message["type"] == "event":
                self.events.append(message)
            else:
                self.responses[message["request_seq"]] = message
        return self.responses.pop(seq)

    def ask(self, request, **arguments):
        answer = self.response(self.send(request, **arguments))
        if not answer["success"]:
            raise AssertionError(answer)
        return answer.get("body")

    def event(self, name):
        while True:
            for i, event in enumerate(self.events):
                if event["event"] == name:
                    return self.events.pop(i).get("body")
            message = self.read()
            if message["type"] == "event":
                self.events.append(message)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


class DebugAdapterTest(unittest.TestCase):
    def setUp(self):
        self.client = Client()
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
        told = self.client.event("breakpoint")["breakpoint"]
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
