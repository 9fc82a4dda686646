"""The verb trace, and recordings that are killed."""
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

import commands
from terminal_session import ROOT, environment, program


class TraceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "run.moetrace"

    def record(self, prompt=commands.ANNA, tokens="40"):
        done = commands.run("run", commands.OLMOE, "-p", prompt, "-n", tokens, "--ignore-eos", "--record", self.file)
        self.assertEqual((0, ""), (done.returncode, done.stderr))

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

    def test_diff_runs_a_checkpoint_over_the_tokens_of_a_trace(self):
        self.record(tokens="6")
        for pair, agrees in (((self.file, commands.OLMOE), True), ((commands.OLMOE, self.file), True), ((self.file, ROOT / "samples" / "olmoe-tiny-steps" / "step-00200"), False)):
            done = commands.run("diff", *pair, "--fail-below", "1", "--json")
            row = commands.lines(done)["diff"][0]
            self.assertEqual((0 if agrees else 1, agrees, 0, 0), (done.returncode, row["agreement"] == 1, row["only_in_a"], row["only_in_b"]))
        for words, expected in (((self.file, commands.OLMOE, "-p", "x"), "MOE9353"), ((commands.DEEPSEEK, self.file), "MOE4022")):
            done = commands.run("diff", *words)
            self.assertEqual(2, done.returncode)
            self.assertIn(expected, done.stderr)
        self.assertEqual(0, commands.run("trace", "redact", self.file).returncode)
        done = commands.run("diff", self.file, commands.OLMOE)
        self.assertEqual(2, done.returncode)
        self.assertIn("MOE4026", done.stderr)

    def test_kill_loses_nothing_that_was_committed(self):
        texts = ROOT / "samples" / "data" / "calibration.jsonl"
        for least in (1, 400, 1500):
            with subprocess.Popen([*program(), "run", commands.OLMOE, "--dataset", str(texts), "--record", str(self.file)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment()) as process:
                committed = 0
                while committed < least:
                    self.assertIsNone(process.poll(), "it ended before it was killed")
                    committed = max(committed, self.count())
                process.kill()
            self.assertIn("run.moetrace-wal", os.listdir(self.folder))
            info = commands.lines(commands.run("trace", "info", self.file, "--json"))["trace"][0]
            self.assertGreaterEqual(info["batches"], committed)
            self.assertFalse(info["closed"])
            self.assertEqual(0, commands.run("trace", "verify", self.file).returncode)
            for name in os.listdir(self.folder):
                os.remove(self.folder / name)

    def test_a_full_disk_ends_the_recording_and_not_the_run(self):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", self.folder], capture_output=True).returncode != 0:
            self.skipTest("a small disk cannot be mounted here: that takes root")
        self.addCleanup(subprocess.run, ["umount", self.folder], check=True)
        done = commands.run("run", commands.OLMOE, "--dataset", ROOT / "samples" / "data" / "calibration.jsonl", "--record", self.file, "--json")
        self.assertEqual(0, done.returncode)
        self.assertIn("MOE7103", done.stderr)
        self.assertEqual(600, len(commands.lines(done)["sequence"]))
        self.assertEqual(0, commands.run("trace", "verify", self.file).returncode)
        self.assertGreater(commands.lines(commands.run("trace", "info", self.file, "--json"))["trace"][0]["batches"], 0)

    def count(self):
        """Batches that any reader sees."""
        try:
            database = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            return 0
        try:
            return database.execute("SELECT count(*) FROM batches").fetchone()[0]
        except sqlite3.OperationalError:
            return 0
        finally:
            database.close()


if __name__ == "__main__":
    unittest.main()
