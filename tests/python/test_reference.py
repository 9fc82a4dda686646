"""The numpy reference reproduces the goldens of the reference implementation, so its own goldens can be believed."""
import pathlib
import unittest

try:
    import numpy as np
except ImportError:
    raise unittest.SkipTest("numpy is not installed for this Python (Debian: apt-get install python3-numpy)") from None

from reference import families, safetensors
from reference.generate import greedy

CHECKPOINTS = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "checkpoints"
FOLDERS = sorted(config.parent for config in CHECKPOINTS.glob("*/config.json"))
BOUNDS = {"router_scores": 1e-5, "selection_scores": 1e-5, "routing_weights": 1e-5}     # of the other columns: 1e-4


class Goldens(unittest.TestCase):
    def check(self, folder):
        model = families.load(folder)
        golden, _ = safetensors.read(folder / "golden.safetensors")
        computed = model.forward(*(golden.pop(name)[0] for name in model.inputs)).columns()
        new, _, _ = greedy(model, golden.pop("greedy_prompt_ids")[0], len(golden["greedy_ids"]))
        computed["greedy_ids"] = np.array(new)
        self.assertEqual(computed.keys(), golden.keys())
        for name, expected in golden.items():
            with self.subTest(name):
                if expected.dtype.kind == "i":
                    np.testing.assert_array_equal(computed[name], expected)
                elif "hidden_states" in name:
                    np.testing.assert_array_less(abs(computed[name] - expected), 1e-4 * np.maximum(1, abs(expected)))
                else:
                    np.testing.assert_allclose(computed[name], expected, rtol=0, atol=BOUNDS.get(name.split("/")[-1], 1e-4))

    def test_folders_are_found(self):
        self.assertTrue(FOLDERS)


for folder in FOLDERS:
    setattr(Goldens, f"test_{folder.name}", lambda self, folder=folder: self.check(folder))


class StoredTypes(unittest.TestCase):
    def test_bf16_rounds_ties_to_even(self):
        halfway = np.array([1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -1 - 2 ** -8], np.float32)
        np.testing.assert_array_equal(safetensors.rounded("BF16", halfway), [1, 1 + 2 ** -6, 1 + 2 ** -7, -1])

    def test_e4m3_rounds_ties_to_even(self):
        values = np.array([448, 440, 432, 2 ** -9, 1.5 * 2 ** -9, 2 ** -10, -1.0625, -1.1875, 0.3])
        np.testing.assert_array_equal(safetensors.rounded("F8_E4M3", values),
                                      [448, 448, 448, 2 ** -9, 2 ** -8, 0, -1, -1.25, 0.3125])

    def test_e4m3_codes_are_their_own_values(self):
        finite = safetensors.E4M3[np.isfinite(safetensors.E4M3)]
        self.assertEqual(len(finite), 254)
        np.testing.assert_array_equal(safetensors.rounded("F8_E4M3", finite), finite)


if __name__ == "__main__":
    unittest.main()
