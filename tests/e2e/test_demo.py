"""The newcomer's first minute."""
import re
import time
import unittest

from commands import run
from terminal_session import TerminalSession, environment, program


class DemoTests(unittest.TestCase):
    def test_piped_demo_stops_explains_changes_and_ends(self):
        started = time.monotonic()
        done = run("demo", env=environment(COLUMNS="80"))
        self.assertLess(time.monotonic() - started, 30)  # ten seconds on a quiet machine
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        for part in ("■ stopped", "weight is", "(moe) stack", "(moe) list", "(moe) always mask", "changed; the model's own: E", "■ ended"):
            self.assertIn(part, done.stdout)
        self.assertGreaterEqual(len(re.findall(r"\d (?:µs|ms|s)\b", done.stdout)), 4)
        own, = re.findall(r'^text +"·(.*)"', done.stdout, re.M)
        changed, = re.findall(r"^text:  (.*)$", done.stdout, re.M)
        self.assertNotEqual(own, changed)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_ascii_and_narrow_demo_fits(self):
        done = run("demo", env=environment(COLUMNS="40", LC_ALL="C"))
        self.assertEqual(0, done.returncode)
        self.assertTrue(done.stdout.isascii())
        paths = [line for line in done.stdout.splitlines() if len(line) > 40 and "samples" not in line and not line.startswith("text:")]
        self.assertEqual([], paths)

    def test_demo_at_a_terminal_goes_on_as_a_console(self):
        with TerminalSession([*program(), "demo"]) as session:
            session.expect("Your turn")
            session.expect(r"\(moe\) \x1b\[J")
            session.type("into\r")
            session.expect("stopped")
            session.expect(r"\(moe\) \x1b\[J")
            session.type("\x04")
            self.assertEqual(0, session.finish()[0])
            self.assertTrue(session.is_cooked())


if __name__ == "__main__":
    unittest.main()
