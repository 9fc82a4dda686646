"""The same numbers where a processor has less: instruction sets are switched off, and every golden must be reproduced."""
import json
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOE_DEVTOOLS = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
FOLDERS = sorted(file.parent for file in (ROOT / "tests" / "fixtures" / "checkpoints").glob("*/golden.safetensors"))


class Processors(unittest.TestCase):
    def check(self, switch, *switched_off):
        def program(*arguments):
            return subprocess.run([MOE_DEVTOOLS, *map(str, arguments)], capture_output=True, text=True, timeout=300, env=os.environ | {switch: "0"})

        shown = program("inspect", FOLDERS[0]).stdout
        self.assertIn("runs on", shown)
        for level in switched_off:
            self.assertNotIn(level, shown, f"{switch}=0 has no effect")
        run = program("parity", *FOLDERS, "--json")
        rows = [row for row in map(json.loads, run.stdout.splitlines()) if row["kind"] == "parity"]
        self.assertEqual(len(rows), len(FOLDERS), run.stderr)
        self.assertEqual([row for row in rows if not row["pass"]], [])

    def test_without_avx512(self):
        self.check("DOTNET_EnableAVX512", "AVX-512")

    def test_without_avx2(self):
        self.check("DOTNET_EnableAVX2", "AVX-512", "AVX2")

    def test_without_vector_instructions(self):
        self.check("DOTNET_EnableHWIntrinsic", "AVX-512", "AVX2")


if __name__ == "__main__":
    unittest.main()
