"""Files that numpy itself writes are imported, and what is exported is what numpy and a bare safetensors reader see."""
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    np = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
FIXTURES = ROOT / "tests" / "fixtures" / "formats"


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def imported(*arguments):
    done = run("import", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def counts(ids, experts):
    return [np.bincount(ids[:, l][ids[:, l] >= 0].ravel().astype(int), minlength=experts).tolist() for l in range(ids.shape[1])]


@unittest.skipIf(np is None, "numpy is not installed")
class Formats(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        random = np.random.default_rng(3)
        odds = random.random((3, 24)) ** 3 + 0.01  # each router likes experts of its own
        self.ids = np.stack([np.argsort(-np.log(random.random((300, 24))) / odds[l], axis=1)[:, :4] for l in range(3)], axis=1)

    def test_every_dtype_order_and_version_of_numpy_is_read(self):
        dtypes = ("i1", "<i2", ">i2", "<i4", ">i8", "u1", "<u2", ">u4", "<u8", "<f2", ">f4", "<f8")
        for i, dtype in enumerate(dtypes):
            order, version = "CF"[i % 2], (i // 2 % 3 + 1, 0)
            with self.subTest(dtype=dtype, order=order, version=version):
                with open(self.path / "ids.npy", "wb") as file:
                    np.lib.format.write_array(file, self.ids.astype(dtype, order=order), version=version)
                line = imported(self.path / "ids.npy", "-o", self.path / "a.moetrace", "--experts", 24)
                self.assertEqual(counts(self.ids, 24), [r["counts"] for r in line["routers"]])
                self.assertEqual((300, "ok"), (line["tokens"], line["verdict"]))

    def test_objects_are_refused_by_name(self):
        np.savez(self.path / "a.npz", ids=np.array([{"a": 1}], dtype=object), allow_pickle=True)
        done = run("import", self.path / "a.npz", "-o", self.path / "a.moetrace")
        self.assertEqual(2, done.returncode)
        self.assertIn("MOE7202", done.stderr)
        self.assertFalse((self.path / "a.moetrace").exists())

    def test_exported_npz_opens_without_pickles_and_holds_what_was_imported(self):
        imported(FIXTURES / "npz" / "ids-weights.npz", "-o", self.path / "a.moetrace")
        done = run("trace", "export", self.path / "a.moetrace", "--format", "npz", "-o", self.path / "b.npz", "--json")
        self.assertEqual(0, done.returncode, done.stderr)
        given, written = np.load(FIXTURES / "npz" / "ids-weights.npz"), np.load(self.path / "b.npz", allow_pickle=False)
        np.testing.assert_array_equal(given["ids"], written["selected_experts"])
        np.testing.assert_array_equal(given["weights"], written["routing_weights"])
        np.testing.assert_array_equal(given["token_ids"], written["token_id"])
        np.testing.assert_array_equal(np.arange(93), written["position"])
        self.assertEqual(["layers.0", "layers.1", "layers.2", "layers.3"], written["routers"].tolist())

    def test_exported_safetensors_has_the_same_arrays(self):
        imported(FIXTURES / "npz" / "ids-weights.npz", "-o", self.path / "a.moetrace")
        run("trace", "export", self.path / "a.moetrace", "--format", "safetensors", "-o", self.path / "b.safetensors")
        data = (self.path / "b.safetensors").read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        self.assertEqual("layers.1", header["__metadata__"]["router.1"])
        given = np.load(FIXTURES / "npz" / "ids-weights.npz")
        for name, dtype, expected in (("selected_experts", "<i2", given["ids"]), ("routing_weights", "<f4", given["weights"]), ("token_id", "<i4", given["token_ids"])):
            start, end = header[name]["data_offsets"]
            np.testing.assert_array_equal(expected, np.frombuffer(data[8 + size + start:8 + size + end], dtype).reshape(header[name]["shape"]))
        self.assertEqual(len(data), 8 + size + max(t["data_offsets"][1] for n, t in header.items() if n != "__metadata__"))

    def test_diff_of_an_import_with_its_own_export_is_empty(self):
        imported(FIXTURES / "olmoe" / "routing.jsonl", "-o", self.path / "a.moetrace")
        run("trace", "export", self.path / "a.moetrace", "--format", "npz", "-o", self.path / "b.npz")
        imported(self.path / "b.npz", "-o", self.path / "b.moetrace")
        done = run("diff", self.path / "a.moetrace", self.path / "b.moetrace", "--fail-below", 1, "--json")
        line = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((0, 279, 0, 0, 0, 1.0), (done.returncode, line["tokens"], line["tokens_differ"], line["only_in_a"], line["only_in_b"], line["agreement"]))

    def test_a_failed_import_keeps_the_trace_that_was_there(self):
        imported(FIXTURES / "npz" / "ids-weights.npz", "-o", self.path / "a.moetrace")
        before = (self.path / "a.moetrace").read_bytes()
        (self.path / "bad.npy").write_bytes((FIXTURES / "vllm" / "routed_experts.npy").read_bytes()[:-7])
        self.assertEqual(2, run("import", self.path / "bad.npy", "-o", self.path / "a.moetrace").returncode)
        self.assertEqual(before, (self.path / "a.moetrace").read_bytes())
        other = self.path / "notes.txt"
        other.write_text("mine")
        self.assertEqual(2, run("import", FIXTURES / "npz" / "ids-weights.npz", "-o", other).returncode)
        self.assertEqual("mine", other.read_text())
        self.assertEqual(["a.moetrace", "bad.npy", "notes.txt"], sorted(p.name for p in self.path.iterdir()))


if __name__ == "__main__":
    unittest.main()
