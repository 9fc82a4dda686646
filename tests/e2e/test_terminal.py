"""The command line as people and scripts meet it: terminals, pipes, signals."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from terminal_session import PATIENCE, TerminalSession, environment, program


def run(*arguments, env=None, **options):
    return subprocess.run([*program(), *arguments], capture_output=True, text=True, env=env or environment(), timeout=PATIENCE, **options)


class TerminalTests(unittest.TestCase):
    def in_terminal(self, *arguments, columns=80, **variables):
        with TerminalSession([*program(), *arguments], columns, environment(**variables)) as session:
            return session.finish()

    def test_terminal_gets_colours(self):
        _, seen = self.in_terminal("doctr")
        self.assertIn("\x1b[31m", seen)

    def test_no_color_and_dumb_terminals_get_no_escape(self):
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            _, seen = self.in_terminal("doctr", **variables)
            self.assertIn("error MOE9002", seen)
            self.assertNotIn("\x1b", seen)

    def test_pipe_gets_no_escape_unless_forced(self):
        self.assertNotIn("\x1b", run("doctr").stderr)
        self.assertIn("\x1b[31m", run("doctr", env=environment(FORCE_COLOR="1")).stderr)

    def test_help_fits_the_window(self):
        for columns in (80, 120):
            code, seen = self.in_terminal("doctor", "--help", columns=columns)
            self.assertEqual(0, code)
            longest = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in seen.splitlines())
            self.assertLessEqual(longest, columns)

    def test_locale_without_utf8_gets_ascii(self):
        done = run("doctor", "--help", env=environment(LANG="C", LC_CTYPE="C"))
        self.assertTrue(done.stdout.isascii())

    def test_unknown_verb_is_answered_with_the_nearest_and_exit_2(self):
        done = run("doctr")
        self.assertEqual((2, ""), (done.returncode, done.stdout))
        self.assertIn("Did you mean doctor?", done.stderr)
        self.assertIn("--help", done.stderr)

    def test_json_error_is_the_last_line_of_stdout(self):
        done = run("doctor", "--jsn", "--json")
        error = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((2, "error", "MOE9002"), (done.returncode, error["kind"], error["id"]))
        self.assertEqual({"kind", "id", "message", "advice"}, set(error))

    def test_reader_that_goes_away_ends_the_program_quietly(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([*program(), "doctor"], stdout=write, stderr=subprocess.PIPE, text=True, env=environment(), timeout=PATIENCE)
        os.close(write)
        self.assertEqual((141, ""), (done.returncode, done.stderr))

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_full_disk_under_stdout_is_a_clear_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*program(), "doctor"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), timeout=PATIENCE)
        self.assertEqual(2, done.returncode)
        self.assertIn("no space left", done.stderr)


class SignalTests(unittest.TestCase):
    """doctor asks python3 for its version; here python3 is a program that never answers, so that doctor is at work when the signal comes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.started = pathlib.Path(folder.name) / "started"
        os.mkfifo(self.started)
        slow = pathlib.Path(folder.name) / "python3"
        slow.write_text(f"#!/bin/sh\necho > '{self.started}'\nexec sleep 600\n")
        slow.chmod(0o755)
        self.env = environment(PATH=f"{folder.name}:{os.environ['PATH']}")

    def wait_until_at_work(self):
        self.started.read_text()  # returns when python3 has written

    def test_ctrl_c_ends_with_130_and_no_stack_trace(self):
        with TerminalSession([*program(), "doctor"], env=self.env) as session:
            self.wait_until_at_work()
            session.interrupt()
            code, seen = session.finish()
            self.assertEqual(130, code)
            self.assertNotIn("Exception", seen)
            self.assertTrue(session.is_cooked())

    def test_sigterm_ends_with_143(self):
        process = subprocess.Popen([*program(), "doctor"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.env)
        self.wait_until_at_work()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((143, ""), (process.returncode, errors))


if __name__ == "__main__":
    unittest.main()
