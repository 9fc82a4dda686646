"""A training that debugpy debugs as well: ordinary breakpoints and ours stop in one run, and what debugpy holds is named."""
import os
import socket
import subprocess
import sys
import time
import unittest

import daemon
import debugpy  # noqa: F401 - what is missing is said
from adapter import COMMAND, Client
from test_attach import TRAINER, Waiting

with open(TRAINER, encoding="utf-8") as source:
    LINE = next(number for number, line in enumerate(source, 1) if "optimizer.zero_grad" in line)


class DebugpyTests(Waiting):
    def python(self, port):
        """A client of debugpy that has set a breakpoint in the loop of the training."""
        for _ in range(600):
            try:
                line = socket.create_connection(("127.0.0.1", port))
                break
            except OSError:
                time.sleep(0.1)                                # the server comes with the program
        stream = line.makefile("rwb")
        self.addCleanup(line.close)
        client = Client(stream, stream)
        client.ask("initialize", adapterID="debugpy", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        attach = client.send("attach", justMyCode=False)
        client.event("initialized")
        client.ask("setBreakpoints", source={"path": TRAINER}, breakpoints=[{"line": LINE}])
        client.ask("configurationDone")
        self.assertTrue(client.response(attach)["success"])
        return client

    @staticmethod
    def port():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    def test_BothStop_InOneRun(self):
        port, moe = self.port(), self.client()
        moe.ask("setFunctionBreakpoints", breakpoints=[{"name": "L1"}])
        launch = moe.send("launch", type="moe", command=[sys.executable, "-m", "debugpy", "--listen", str(port), "--wait-for-client", TRAINER])
        moe.ask("configurationDone")
        python = self.python(port)
        for step in range(1, 4):
            stopped = python.event("stopped")
            self.assertEqual("breakpoint", stopped["reason"])
            self.assertEqual(LINE, python.ask("stackTrace", threadId=stopped["threadId"])["stackFrames"][0]["line"])
            python.ask("continue", threadId=stopped["threadId"])
            if step == 1:
                self.assertTrue(moe.response(launch)["success"])
            self.assertEqual(("function breakpoint", "router L1 layers.1.gate", f"step {step} (train)"), self.stopped(moe))
            moe.ask("continue", threadId=1)
        self.assertEqual(0, moe.event("exited")["exitCode"])

    def test_WhatDebugpyHolds_IsNamed_AndAttachedToWhenItGoesOn(self):
        port = self.port()
        program = subprocess.Popen([sys.executable, "-m", "debugpy", "--listen", str(port), "--wait-for-client", TRAINER, "long"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env={**daemon.environment(), "MOE_DEVTOOLS_PROBE": "listen", "XDG_RUNTIME_DIR": self.runtime})
        self.addCleanup(self.end, program)
        python = self.python(port)
        thread = python.event("stopped")["threadId"]
        attached = subprocess.Popen([*COMMAND, "attach", str(program.pid), "--json", "--break", "L0"], env={**os.environ, "XDG_RUNTIME_DIR": self.runtime}, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, attached)
        said = next(line for line in attached.stderr if "has not begun a pass" in line)
        self.assertIn("it is held by another debugger, debugpy, in", said)
        self.assertIn(f"trainer.py:{LINE} main", said)
        python.ask("setBreakpoints", source={"path": TRAINER}, breakpoints=[])
        python.ask("continue", threadId=thread)
        self.assertIn('"kind":"session"', attached.stdout.readline())
        self.assertIn('"kind":"stop"', attached.stdout.readline())


if __name__ == "__main__":
    unittest.main()
