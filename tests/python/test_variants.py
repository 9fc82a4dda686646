"""`moe-devtools parity` passes on checkpoints whose configs it has never seen: other switches, sizes, dtypes and layouts.

MOE_SEED draws other weights and prompts; MOE_DEVTOOLS is the command line to test (default: the repository's own).
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    raise unittest.SkipTest("numpy is not installed for this Python (Debian: apt-get install python3-numpy)") from None

from reference import families, safetensors
from reference.make import make
from reference.variants import VARIANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOE_DEVTOOLS = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
SEED = int(os.environ.get("MOE_SEED", "1"))


class Variants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"variants: MOE_SEED={SEED}", flush=True)
        directory = tempfile.TemporaryDirectory(prefix="moe-variants-")
        cls.addClassCleanup(directory.cleanup)
        cls.folders = [pathlib.Path(directory.name) / name for name in VARIANTS]
        for folder in cls.folders:
            make(folder.name, folder, SEED)

    def check_parity(self, *options):
        run = subprocess.run([MOE_DEVTOOLS, "parity", *map(str, self.folders), "--json", *options],
                             capture_output=True, text=True, timeout=600)
        messages = [json.loads(line) for line in run.stdout.splitlines()]
        rows = {pathlib.Path(m["folder"]).name: m for m in messages if m["kind"] == "parity"}
        self.assertTrue(rows, f"exit code {run.returncode}, no parity row\n{run.stdout}\n{run.stderr}")
        for folder in self.folders:
            with self.subTest(folder.name):
                row = rows.get(folder.name)
                self.assertIsNotNone(row, f"no row for this folder\n{run.stderr}")
                self.assertIs(row["pass"], True, row)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_written_folder_reproduces_its_golden(self):
        for folder in self.folders:
            with self.subTest(folder.name):
                golden, _ = safetensors.read(folder / "golden.safetensors")
                model = families.load(folder)
                result = model.forward(*(golden[name][0] for name in model.inputs))
                np.testing.assert_allclose(result.logits[None], golden["logits"], rtol=1e-6, atol=1e-6)

    def test_default_backend_passes(self):
        self.check_parity()

    def test_reference_backend_passes(self):
        self.check_parity("--backend", "reference")


if __name__ == "__main__":
    unittest.main()
