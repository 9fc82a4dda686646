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
BOUNDS = {"logits": 1e-4, "router_logits": 1e-4, "router_scores": 1e-5, "selection_scores": 1e-5, "routing_weights": 1e-5}


class Goldens(unittest.TestCase):
    def check(self, family):
        model = families.load(CHECKPOINTS / family)
        golden, _ = safetensors.read(CHECKPOINTS / family / "golden.safetensors")
        result = model.forward(golden.pop("input_ids")[0])
        computed = {"logits": result.logits[None]}
        computed |= {f"hidden_states.{i}": state[None] for i, state in enumerate(result.hidden_states)}
        for router, decision in result.routers.items():
            computed |= {f"{router}/{name}": getattr(decision, name) for name in (*BOUNDS, "selected_experts") if name != "logits"}
        new, _, _ = greedy(model, golden.pop("greedy_prompt_ids")[0], len(golden["greedy_ids"]))
        computed["greedy_ids"] = np.array(new)
        self.assertEqual(computed.keys(), golden.keys())
        for name, expected in golden.items():
            with self.subTest(name):
                if expected.dtype.kind == "i":
                    np.testing.assert_array_equal(computed[name], expected)
                else:
                    np.testing.assert_allclose(computed[name], expected, rtol=0, atol=BOUNDS.get(name.split("/")[-1], 1e-4))

    def test_mixtral(self):
        self.check("mixtral")

    def test_olmoe(self):
        self.check("olmoe")

    def test_qwen3_moe(self):
        self.check("qwen3_moe")

    def test_deepseek_v3(self):
        self.check("deepseek_v3")


class Bf16(unittest.TestCase):
    def test_round_ties_to_even(self):
        halfway = np.array([1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -1 - 2 ** -8], np.float32)
        np.testing.assert_array_equal(safetensors.rounded("BF16", halfway), [1, 1 + 2 ** -6, 1 + 2 ** -7, -1])


if __name__ == "__main__":
    unittest.main()
