"""The verb trace, and recordings that are killed."""
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

import commands
from terminal_session import PATIENCE, ROOT

PROJECT = ROOT / "tests" / "record-trace"
RECORDER = ROOT / "artifacts" / "bin" / "RecordTrace" / "release" / "MoeDevtools.RecordTrace.dll"


class TraceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["dotnet", "build", PROJECT, "-c", "Release", "-v", "quiet", "-nologo"], check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "run.moetrace"

    def record(self, prompt=commands.ANNA, tokens="40"):
        subprocess.run(["dotnet", RECORDER, commands.OLMOE, self.file, prompt, tokens], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)

    def test_info_verify_and_usage(self):
        self.record()
        info = commands.lines(commands.run("trace", "info", self.file, "--json"))
        trace = info["trace"][0]
        self.assertEqual((40, True, 4), (trace["steps"], trace["closed"], len(info["router"])))
        self.assertEqual(trace["batches"], 160)
        self.assertIn("model.layers.0.mlp.gate", commands.run("trace", "info", self.file).stdout)
        done = commands.run("trace", "verify", self.file)
        self.assertEqual((0, "nothing is wrong\n"), (done.returncode, done.stdout))
        with sqlite3.connect(self.file) as database:
            database.execute("UPDATE batches SET selected_experts = x'00' WHERE id = (SELECT min(id) FROM batches)")
        database.close()
        done = commands.run("trace", "verify", self.file, "--json")
        self.assertEqual(1, done.returncode)
        self.assertGreater(commands.lines(done)["verified"][0]["problems"], 0)
        for words, expected in ((["trace"], "MOE9012"), (["trace", "inof", "x"], "Did you mean info?"), (["trace", "info"], "MOE9007"),
                                (["trace", "info", self.folder / "none"], "MOE7110"), (["trace", "info", __file__], "MOE7111")):
            done = commands.run(*words)
            self.assertEqual(2, done.returncode)
            self.assertIn(expected, done.stderr)

    def test_compact_makes_a_full_recording_smaller_by_three_fifths(self):
        self.record(prompt=" ".join([commands.ANNA] * 12))
        result = commands.lines(commands.run("trace", "compact", self.file, "--json"))["rewritten"][0]
        self.assertLessEqual(result["bytes"], 0.4 * result["bytes_before"], result)
        self.assertEqual(0, commands.run("trace", "verify", self.file).returncode)

    def test_redact_leaves_no_text(self):
        self.record()
        self.assertIn(b"Anna", self.file.read_bytes())
        self.assertEqual(0, commands.run("trace", "redact", self.file).returncode)
        self.assertNotIn(b"Anna", self.file.read_bytes())
        self.assertEqual(0, commands.run("trace", "verify", self.file).returncode)

    def test_kill_loses_nothing_that_was_committed(self):
        for rounds in (1, 3, 8):
            with subprocess.Popen(["dotnet", RECORDER, commands.OLMOE, self.file, commands.SUM, "8", "--forever"], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as process:
                for _ in range(rounds):
                    committed = int(process.stdout.readline().split()[1])
                process.kill()
            self.assertIn("run.moetrace-wal", os.listdir(self.folder))
            info = commands.lines(commands.run("trace", "info", self.file, "--json"))["trace"][0]
            self.assertGreaterEqual(info["batches"], committed)
            self.assertFalse(info["closed"])
            self.assertEqual(0, commands.run("trace", "verify", self.file).returncode)


if __name__ == "__main__":
    unittest.main()
