"""Attaching to a training that runs: who waits, who gets in, and what becomes of the training."""
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import daemon
from adapter import COMMAND, Adapter

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINER = os.path.join(HERE, "trainer.py")


class Waiting(unittest.TestCase):
    """A runtime folder of its own for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.runtime = folder.name

    def start(self, *options, probe="wait", stdout=subprocess.PIPE, **more):
        """A training that waits in its first pass, once it does."""
        program = subprocess.Popen([sys.executable, TRAINER, *options], env={**daemon.environment(), "MOE_DEVTOOLS_PROBE": probe, "XDG_RUNTIME_DIR": self.runtime, **more}, cwd=HERE,
                                   stdout=stdout, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, program)
        if probe == "listen":
            program.stdout.readline()
        elif "rank" not in options:
            self.waits(program)
        return program

    def waits(self, program):
        self.assertTrue(any(f"moe-devtools attach {program.pid}" in line for line in program.stderr))

    @staticmethod
    def end(program):
        program.kill()
        program.communicate()

    def attach(self, *words):
        return subprocess.run([*COMMAND, "attach", *map(str, words)], env={**os.environ, "XDG_RUNTIME_DIR": self.runtime}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def client(self):
        client = Adapter(XDG_RUNTIME_DIR=self.runtime)
        self.addCleanup(client.close)
        client.ask("initialize", adapterID="moe", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        return client

    def join(self, pid, breakpoints=(), **more):
        """A client that is attached."""
        client = self.client()
        if breakpoints:
            client.ask("setFunctionBreakpoints", breakpoints=[{"name": name} for name in breakpoints])
        seq = client.send("attach", type="moe", processId=pid, **more)
        client.ask("configurationDone")
        answer = client.response(seq)
        self.assertTrue(answer["success"], answer)
        return client

    def stopped(self, client):
        """(reason, what the router's and the step's frame say)"""
        reason = client.event("stopped")["reason"]
        return (reason, *(frame["name"] for frame in client.ask("stackTrace", threadId=1)["stackFrames"][-2:]))


class ListTests(Waiting):
    def test_WhatWaits_IsListed_AndWhatIsGoneIsTakenAway(self):
        program = self.start("long")
        said, = [json.loads(line) for line in self.attach("--json").stdout.splitlines()]
        self.assertEqual((program.pid, "trainer.py long", HERE, 0, 1), (said["pid"], os.path.basename(said["command"]), said["folder"], said["rank"], said["ranks"]))
        self.assertIn("waits", self.attach().stdout)
        self.end(program)
        self.assertEqual("", self.attach("--json").stdout)
        self.assertEqual([], os.listdir(os.path.join(self.runtime, "moe-devtools")))

    def test_ProcessWithoutTheProbe_SaysHowToStartIt(self):
        done = self.attach(os.getpid())
        self.assertEqual(2, done.returncode)
        self.assertIn("MOE5125", done.stderr)
        self.assertIn("run-training", done.stderr)
        self.assertIn("MOE5126", self.attach(2 ** 22 + 1).stderr)
        self.assertIn("MOE5124", self.attach("train.py").stderr)
        self.assertIn("MOE5129", self.attach("unix:" + os.path.join(self.runtime, "nobody")).stderr)

    def test_ProcessThatAnotherDebuggerHolds_IsListedAsHeld_AndNotAsDead(self):
        program = self.start("long")
        libc = ctypes.CDLL(None, use_errno=True)
        for thread in os.listdir(f"/proc/{program.pid}/task"):
            self.assertEqual(0, libc.ptrace(16, int(thread), 0, 0), os.strerror(ctypes.get_errno()))        # PTRACE_ATTACH
            os.waitpid(int(thread), 0x40000000)                                                              # __WALL
            self.addCleanup(libc.ptrace, 17, int(thread), 0, 0)                                              # PTRACE_DETACH: else its end waits for us
        said, = [json.loads(line) for line in self.attach("--json").stdout.splitlines()]
        self.assertEqual((program.pid, f"({os.getpid()})"), (said["pid"], said["debugger"].split()[-1]))
        self.assertRegex(self.attach(program.pid).stderr, rf"MOE5135.*\({os.getpid()}\)")


class AttachTests(Waiting):
    def test_FirstPass_Waits_AndStopsAtABreakpoint(self):
        program = self.start("long")
        client = self.join(str(program.pid), ["L1"])
        self.assertEqual(("function breakpoint", "router L1 layers.1.gate", "step 1 (train)"), self.stopped(client))
        client.ask("next", threadId=1)
        self.assertEqual(("step", "router L0 layers.0.gate", "step 2 (train)"), self.stopped(client))

    def test_Disconnect_LetsTheTrainingGoOn_WhichCanBeAttachedToAgain_Paused_AndEnded(self):
        path = os.path.join(self.runtime, "printed")              # a pipe that nobody empties would hold the program
        with open(path, "w") as printed:
            program = self.start("long", stdout=printed)
        for _ in range(2):
            client = self.join(program.pid, ["L0"])
            self.stopped(client)
            with open(path) as printed:
                printed.seek(0, os.SEEK_END)
                client.ask("disconnect")
                while "experts of layer 0" not in printed.readline():
                    time.sleep(0.01)
        client = self.join(program.pid)
        client.ask("pause", threadId=1)
        self.assertEqual("pause", self.stopped(client)[0])
        client.ask("disconnect", terminateDebuggee=True)
        self.assertEqual(-signal.SIGTERM, program.wait(60))

    def test_Launched_AndLeft_GoesOn_AndPrintsToAFile(self):
        client = self.client()
        client.ask("setFunctionBreakpoints", breakpoints=[{"name": "L0"}])
        seq = client.send("launch", type="moe", program=TRAINER, python=sys.executable, args=["long"], cwd=HERE)
        client.ask("configurationDone")
        self.assertTrue(client.response(seq)["success"])
        self.stopped(client)
        client.ask("disconnect", terminateDebuggee=False)
        path = re.search(r"from now on is in (.*)\.\n", "".join(event["body"]["output"] for event in client.events if event["event"] == "output"))[1]
        client.writer.close()
        self.assertEqual(0, client.process.wait(60))
        said, = [json.loads(line) for line in self.attach("--json").stdout.splitlines()]
        try:
            self.assertEqual("trainer.py long", os.path.basename(said["command"]))
            steps = [len(lines_of(path))]
            while steps[-1] < steps[0] + 3:
                time.sleep(0.1)
                steps.append(len(lines_of(path)))
            self.assertTrue(all("experts of layer 0" in line for line in lines_of(path)[:steps[-1]]))
        finally:
            os.kill(said["pid"], signal.SIGKILL)
            os.remove(path)

    def test_Suspended_StaysHeldWhereItWas_UntilSomebodyAttaches(self):
        alone = subprocess.run([sys.executable, TRAINER], env={**daemon.environment(), "XDG_RUNTIME_DIR": self.runtime}, cwd=HERE, capture_output=True, text=True)
        program = self.start()
        client = self.join(program.pid, ["L1 if step == 2"])
        where = self.stopped(client)[1:]
        client.ask("disconnect", suspendDebuggee=True)
        again = self.join(program.pid, stopOnEntry=True)
        self.assertEqual(where, self.stopped(again)[1:])
        again.ask("continue", threadId=1)
        again.event("terminated")
        self.assertEqual((alone.stdout, 0), (program.communicate(timeout=60)[0], program.returncode))

    def test_Second_Debugger_IsToldWhoHasIt(self):
        program = self.start("long")
        self.stopped(self.join(program.pid, ["L0"]))
        self.assertIn("MOE5128", self.attach(program.pid).stderr)

    def test_NothingNamed_AndWhatHasNoMeaning_AreRefused(self):
        client = self.client()
        for words, error in (({}, "MOE7035"), ({"processId": 1, "args": []}, "MOE7062"), ({"processId": 1, "prompt": "x"}, "MOE4104"), ({"processId": os.getpid()}, "MOE5125")):
            seq = client.send("attach", type="moe", **words)
            self.assertIn(error, json.dumps(client.response(seq)["body"]))
        self.assertIn("MOE7063", json.dumps(client.response(client.send("launch", type="moe", processId=1))["body"]))

    def test_AllRanks_AreAttachedToTogether(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        ranks = [self.start("rank", RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port) for rank in range(2)]
        for rank in ranks:
            self.waits(rank)
        client = self.join(ranks[1].pid, ["L1 if step == 2"])
        self.assertEqual(["rank 0", "rank 1"], [thread["name"] for thread in client.ask("threads")["threads"]])
        client.event("stopped")
        client.ask("continue", threadId=1)
        client.event("stopped")
        client.ask("continue", threadId=1)
        client.event("terminated")
        for rank in ranks:
            self.assertEqual(0, rank.wait(60))

    def test_Terminal_AttachesAndLetsGo(self):
        program = self.start("long", probe="listen")
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as commands:
            commands.write("print k\nquit\n")
            commands.flush()
            done = self.attach(program.pid, "--break", "L0", "--commands", commands.name)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("layers.0.gate", done.stdout)
        self.assertIn("experts of layer 0", program.stdout.readline())

    def test_DaemonsKilledAHundredTimes_ChangeNothing(self):
        outs = [os.path.join(self.runtime, name) for name in ("alone", "attached")]
        with open(outs[0], "w", encoding="utf-8") as file:
            alone = subprocess.Popen([sys.executable, TRAINER, "long"], env={**daemon.environment(), "XDG_RUNTIME_DIR": self.runtime}, cwd=HERE, stdout=file)
            self.addCleanup(alone.wait)
            self.addCleanup(alone.kill)
        with open(outs[1], "w", encoding="utf-8") as file:
            program = self.start("long", stdout=file)
        for kill in range(100):
            killed = subprocess.Popen([*COMMAND, "attach", str(program.pid), "--json", "--break", "L1"], env={**os.environ, "XDG_RUNTIME_DIR": self.runtime},
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for _ in range(kill % 4):
                killed.stdout.readline()                       # before anything, after its first line, at a stop, between stops
            killed.kill()
            killed.communicate()
        last = self.join(program.pid, ["L0"])
        step = int(self.stopped(last)[2].split()[1])
        last.ask("disconnect", terminateDebuggee=True)
        program.wait()
        while alone.poll() is None and len(lines_of(outs[0])) <= step:
            time.sleep(0.1)
        self.assertEqual(lines_of(outs[0])[:step - 1], lines_of(outs[1])[:step - 1])
        self.assertEqual(step - 1, len(lines_of(outs[1])))


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


class FailureTests(Waiting):
    def launch(self, *options, **more):
        client = self.client()
        seq = client.send("launch", type="moe", program=TRAINER, python=sys.executable, args=list(options), cwd=HERE, **more)
        client.ask("configurationDone")
        answer = client.response(seq)
        self.assertTrue(answer["success"], answer)
        return client

    def test_ExceptionInForward_StopsWithTheRoutingSoFar_AndThenEndsTheProgram(self):
        for failing in (1, 2):
            with self.subTest(failing):
                client = self.launch(f"fails{failing}")
                told = client.event("stopped")
                self.assertEqual(("exception", "forward_failed"), (told["reason"], told["description"]))
                self.assertIn("IndexError: what the user did wrong", told["text"])
                frames = client.ask("stackTrace", threadId=1)["stackFrames"]
                self.assertEqual(("forward", TRAINER), (frames[0]["name"], frames[0]["source"]["path"]))
                with open(TRAINER, encoding="utf-8") as file:
                    self.assertIn("raise IndexError", file.read().splitlines()[frames[0]["line"] - 1])
                self.assertEqual(["router L1 layers.1.gate", f"step {failing} (train)"], [frame["name"] for frame in frames[-2:]])
                self.assertIn("trainer.py", client.ask("exceptionInfo", threadId=1)["details"]["stackTrace"])
                self.assertEqual("2", client.ask("evaluate", expression="k", frameId=frames[0]["id"], context="watch")["result"])
                client.ask("continue", threadId=1)
                self.assertEqual(1, client.event("exited")["exitCode"])
                self.assertIn("IndexError: what the user did wrong", "".join(e["body"]["output"] for e in client.events if e["event"] == "output"))

    def test_FilterSwitchedOff_NothingStops(self):
        client = self.client()
        client.ask("setExceptionBreakpoints", filters=[])
        seq = client.send("launch", type="moe", program=TRAINER, python=sys.executable, args=["fails2"], cwd=HERE)
        client.ask("configurationDone")
        self.assertTrue(client.response(seq)["success"])
        self.assertEqual(1, client.event("exited")["exitCode"])
        self.assertEqual([], [event for event in client.events if event["event"] == "stopped"])

    def test_CaughtException_IsNoStop_AndTheNextPassIsOneOfItsOwn(self):
        for stumbling in (1, 2):
            with self.subTest(stumbling), daemon.Daemon() as d:
                done = subprocess.run([sys.executable, TRAINER, f"stumbles{stumbling}"], env=daemon.environment(d.address), cwd=HERE, capture_output=True, text=True)
                self.assertIn("left out", done.stdout, done.stderr)
                d.wait_for(lambda d: d.of("bye"))
                self.assertEqual([], d.of("failed"))
                passes = [(head["step"], head["pass"]) for head, _ in d.of("rows")]
                self.assertEqual([(1, 1), (2, 0)] if stumbling == 1 else [(1, 0), (2, 0), (2, 1)], passes)

    def test_Terminal_ShowsTheTraceback_AndKeepsTheExitCode(self):
        done = subprocess.run([*COMMAND, "run-training", "--", sys.executable, TRAINER, "fails2"], cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual(1, done.returncode)
        self.assertIn("forward_failed: IndexError: what the user did wrong", done.stderr)
        self.assertRegex(done.stderr, r"trainer.py:\d+ forward")


if __name__ == "__main__":
    unittest.main()
