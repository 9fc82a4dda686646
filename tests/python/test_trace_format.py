"""docs/trace-format.md: its lines are run against a recording of a real run."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "trace-format.md").read_text(encoding="utf-8")
PROGRAM = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
COMMAND = ["dotnet", PROGRAM] if PROGRAM.endswith(".dll") else [PROGRAM]
MODEL = ROOT / "samples" / "olmoe-tiny"


def lines(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


class TraceFormatTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([*COMMAND, "run", MODEL, "-p", " ".join(["7 * 3 ="] * 20), "-n", "6", "--ignore-eos", "--record", os.path.join(cls.folder.name, "run.moetrace")],
                       check=True, capture_output=True, stdin=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_in_folder(self, *command):
        done = subprocess.run(command, cwd=self.folder.name, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_recording_is_one_file(self):
        self.assertEqual(["run.moetrace"], os.listdir(self.folder.name))

    @unittest.skipUnless(shutil.which("sqlite3"), "sqlite3 is not installed (package sqlite3)")
    def test_sqlite3_lines_run(self):
        commands = [line for block in lines("sh") for line in block.splitlines()]
        self.assertEqual(4, len(commands))
        outputs = [self.run_in_folder("sh", "-c", command) for command in commands]
        self.assertIn("model_type|olmoe", outputs[0])
        self.assertEqual("1|6|6\n", outputs[1])
        self.assertTrue(outputs[2].startswith("1|model.layers.0.mlp.gate|4|"), outputs[2])
        self.assertEqual(4, len(outputs[3].splitlines()))

    def test_numpy_lines_run(self):
        block = next(b for b in lines("python") if "router_logits" in b)
        printed = self.run_in_folder(sys.executable, "-c", block + "\nassert experts.shape == weights.shape == (rows, 4) and logits.shape == (rows, 16)\n"
                                     "assert (np.argsort(-logits, axis=1)[:, :4] == experts).all()\n")
        self.assertIn("'7'", printed)

    def test_pandas_lines_run(self):
        try:
            import pandas  # noqa: F401
        except ImportError:
            self.skipTest("pandas is not installed (package python3-pandas)")
        block = next(b for b in lines("python") if "pandas" in b)
        printed = self.run_in_folder(sys.executable, "-c", block + "\nassert (table.sum(axis=1).to_numpy() == 4 * loads.tokens.to_numpy()).all()\n")
        self.assertIn("model.layers.3.mlp.gate", printed)

    def test_packed_columns_are_read_by_the_lines_of_the_page(self):
        block = next(b for b in lines("python") if "zlib" in b)
        subprocess.run([*COMMAND, "trace", "compact", "run.moetrace", "-o", "small.moetrace"], cwd=self.folder.name, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.addCleanup(os.remove, os.path.join(self.folder.name, "small.moetrace"))
        self.run_in_folder(sys.executable, "-c", block + """
import sqlite3
plain, small = (sqlite3.connect(f"file:{name}.moetrace?mode=ro", uri=True) for name in ("run", "small"))
query = "SELECT id, packed, real_bytes, router_logits FROM batches ORDER BY id"
packed = 0
for (key, _, _, logits), (other, is_packed, real_bytes, blob) in zip(plain.execute(query), small.execute(query)):
    packed += is_packed
    assert key == other and (unpack(blob, real_bytes) if is_packed else blob) == logits
assert packed > 0
assert small.execute("SELECT count(*) FROM batches WHERE routing_weights IS NULL").fetchone()[0] > 0
""")


if __name__ == "__main__":
    unittest.main()
