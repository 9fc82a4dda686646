"""run-training with a program that speaks the probe protocol by a script, which needs no framework."""
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from commands import run
from terminal_session import PATIENCE, TerminalSession, environment, program

SCRIPT = pathlib.Path(__file__).with_name("scripted_training.py")
LINE = next(number for number, line in enumerate(SCRIPT.read_text(encoding="utf-8").splitlines(), 1) if "probe.router(" in line)
COLLAPSE = "router_collapse:window=10"


def train(*options, arguments=(), **more):
    return run("run-training", *options, "--", sys.executable, SCRIPT, *arguments, **more)


def printed(steps, first=None):
    """What the program prints where nothing is changed; `first` replaces its first line."""
    lines = [f"step {step} layers.{layer}.gate [{step % 8}, {(step + 3) % 8}]" for step in range(1, steps + 1) for layer in (0, 1)]
    return "\n".join(([first] if first else lines[:1]) + lines[1:]) + "\n"


def events(text):
    kinds = {}
    for line in text.splitlines():
        if line.startswith('{"kind"'):
            fields = json.loads(line)
            kinds.setdefault(fields["kind"], []).append(fields)
    return kinds


class TrainingTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_output_and_exit_code_are_the_programs(self):
        for code in (0, 3):
            done = train(arguments=("--exit", code))
            self.assertEqual((code, printed(3)), (done.returncode, done.stdout), done.stderr)
            self.assertIn("trained\n", done.stderr)
            self.assertIn("layers.1.gate", done.stderr)    # the loads
            self.assertIn("which rows are padding is not known", done.stderr)

    def test_stdin_is_the_programs(self):
        done = run("run-training", "--", sys.executable, "-c", "print(input())", input="to the program\n")
        self.assertEqual("to the program\n", done.stdout)

    def test_a_line_of_the_program_stops_each_router_that_it_calls(self):
        done = train("--break", f"{SCRIPT}:{LINE} if step == 2", "--log", f"{SCRIPT}:{LINE} if position == 1 && sequence == 0: {{step}} {{router}}", "--json")
        kinds = events(done.stderr)
        self.assertEqual((0, printed(3)), (done.returncode, done.stdout), done.stderr)
        self.assertEqual([("layers.0.gate", 2), ("layers.1.gate", 2)], [(stop["router"], stop["step"]) for stop in kinds["stop"]])
        self.assertEqual(["1 layers.0.gate", "1 layers.1.gate", "2 layers.0.gate"], [log["text"].replace('"', "") for log in kinds["log"]][:3])
        session, = kinds["session"]
        self.assertEqual([[LINE], [LINE]], [[source["line"] for source in router["sources"]] for router in session["routers"]])
        self.assertEqual(["lm_head: feeds no top-k"], session["notes"])
        self.assertEqual((0, 2), (kinds["end"][0]["exit"], kinds["end"][0]["stops"]))

    def test_a_line_without_a_router_names_the_nearest_that_has_one(self):
        done = train("--break", f"{SCRIPT}:{LINE - 1}")
        self.assertEqual(2, done.returncode)
        self.assertRegex(re.sub(r"\s+", " ", done.stderr), rf"MOE5139.*nearest: {LINE} ")
        self.assertEqual("", done.stdout)

    def test_json_to_a_file_leaves_stderr_to_the_program(self):
        file = self.folder / "events.jsonl"
        done = train("--break", "layers.0.* once", "--json-to", file)
        self.assertEqual((0, printed(3), "trained\n"), (done.returncode, done.stdout, done.stderr))
        self.assertEqual({"session", "stop", "end"}, set(events(file.read_text(encoding="utf-8"))))

    def test_fail_on_gives_1_only_where_the_program_gives_0(self):
        for collapses, code, expected in ((False, 0, 0), (True, 0, 1), (True, 3, 3)):
            done = train("--fail-on", COLLAPSE, "--json", arguments=("--steps", 12, "--exit", code, *(["--collapse"] if collapses else [])))
            self.assertEqual(expected, done.returncode, done.stderr)
            self.assertEqual(collapses, any(anomaly["id"] == "router_collapse" for anomaly in events(done.stderr).get("anomaly", [])))

    def test_commands_change_what_the_program_uses(self):
        script = self.folder / "script.txt"
        script.write_text("# the first stop\nmask 1\nstack\ncontinue\n", encoding="utf-8")
        done = train("--break", "layers.0.gate if step == 1", "--break", "layers.1.gate if step == 3", "--commands", script)
        first = done.stdout.splitlines()[0]
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(first, r"step 1 layers.0.gate \[\d, \d\]")
        self.assertNotIn("1", first.split("[")[1])
        self.assertEqual(printed(3, first), done.stdout)
        self.assertIn("step 3", done.stderr)
        self.assertIn("■ ended", done.stderr)

    def test_quit_ends_the_program(self):
        script = self.folder / "script.txt"
        script.write_text("quit\n", encoding="utf-8")
        done = train("--break", "layers.0.gate", "--commands", script, arguments=("--steps", 1000))
        self.assertEqual((143, ""), (done.returncode, done.stdout), done.stderr)

    def test_a_recording_knows_lines_checksums_and_that_padding_is_unknown(self):
        file = self.folder / "run.moetrace"
        self.assertEqual(0, train("--record", file).returncode)
        self.assertIn("training", run("trace", "info", file).stdout)
        self.assertEqual(0, run("trace", "verify", file).returncode)
        import sqlite3
        trace = sqlite3.connect(file)
        (sources,), _ = trace.execute("SELECT sources FROM routers")
        self.assertEqual([(str(SCRIPT), LINE, "call")], [(s["path"], s["line"], s["what"]) for s in json.loads(sources)])
        self.assertEqual([(b"",)], trace.execute("SELECT DISTINCT padding FROM passes").fetchall())
        self.assertEqual((6, 6), (trace.execute("SELECT count(*) FROM batches").fetchone()[0], trace.execute("SELECT count(*) FROM checksums").fetchone()[0]))
        trace.close()
        replayed = run("run", file, "--break", "layers.1.gate if step == 2", "--json")
        self.assertEqual(["layers.1.gate"], [json.loads(line)["router"] for line in replayed.stdout.splitlines() if '"kind":"stop"' in line])

    def test_what_a_killed_program_recorded_can_be_read(self):
        file = self.folder / "run.moetrace"
        done = train("--record", file, arguments=("--kill",))
        self.assertEqual((137, printed(3)), (done.returncode, done.stdout), done.stderr)
        self.assertEqual(0, run("trace", "verify", file).returncode)

    def test_ctrl_c_is_for_the_program(self):
        started = subprocess.Popen([*program(), "run-training", "--", sys.executable, str(SCRIPT), "--wait"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        self.addCleanup(started.kill)
        while "trained" not in started.stderr.readline():
            self.assertIsNone(started.poll())
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=PATIENCE)
        self.assertEqual((130, printed(3)), (started.returncode, out), err)
        self.assertIn("KeyboardInterrupt", err)

    def test_sigterm_ends_the_program_too(self):
        started = subprocess.Popen([*program(), "run-training", "--", sys.executable, str(SCRIPT), "--wait"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        self.addCleanup(started.kill)
        while "trained" not in started.stderr.readline():
            self.assertIsNone(started.poll())
        started.terminate()
        out, err = started.communicate(timeout=PATIENCE)         # the pipes close when the program has gone
        self.assertEqual((143, printed(3)), (started.returncode, out), err)

    def test_a_program_without_a_router_ends_with_an_error_of_its_own_or_ours(self):
        for code, expected in ((0, 2), (5, 5)):
            done = train(arguments=("--silent", "--exit", code))
            self.assertEqual((expected, "trained without a router\n"), (done.returncode, done.stdout))
            self.assertRegex(re.sub(r"\s+", " ", done.stderr), rf"error MOE\d+: the program ended with exit code {code} before a router")

    def test_mistakes_are_found_before_the_program_starts(self):
        for options, id in ((("--break", "* if entropy <"), "MOE30"), (("--filter", "no_such"), "MOE6002"), (("--intervene", "*: nonsense"), "MOE31"), (("--fail-on", "no_such"), "MOE6002"),
                            (("--json-to", "/no/such/folder/file"), "MOE9118")):
            done = train(*options)
            self.assertEqual((2, ""), (done.returncode, done.stdout), done.stderr)
            self.assertIn(id, done.stderr)
        done = run("run-training", "--", "no-such-command")
        self.assertIn("MOE5113", done.stderr)

    def test_ranks_wait_for_each_other(self):
        both = "import subprocess, sys; ranks = [subprocess.Popen([sys.executable, sys.argv[1], '--world', '2', '--rank', str(rank)], stdout=subprocess.PIPE, text=True) for rank in (0, 1)]; " \
               "print(*[rank.communicate()[0] for rank in ranks], sep='', end=''); sys.exit(max(rank.returncode for rank in ranks))"
        done = run("run-training", "--break", "layers.1.gate if step == 2", "--json", "--", sys.executable, "-c", both, SCRIPT)
        self.assertEqual((0, printed(3) * 2), (done.returncode, done.stdout), done.stderr)
        kinds = events(done.stderr)
        self.assertEqual([2, 2], [stop["step"] for stop in kinds["stop"]])
        self.assertEqual([24, 24], [router["tokens"] for router in kinds["end"][0]["routers"]])

    def test_a_stop_at_a_terminal_takes_commands(self):
        command = [*program(), "run-training", "--break", "layers.0.gate if step == 2", "--", sys.executable, str(SCRIPT)]
        with TerminalSession(command) as session:
            session.expect(r"step 1 layers\.1\.gate \[1, 4\]")
            session.expect(r"\(moe\)")
            session.type("print selected_experts\r")
            session.expect(r"selected_experts = \[2 slots\] 2 5")
            session.type("continue\r")
            session.expect(r"step 2 layers\.0\.gate \[2, 5\]")
            session.expect("ended")
            self.assertEqual(0, session.process.wait(PATIENCE))


if __name__ == "__main__":
    unittest.main()
