"""`moe-devtools inspect` refuses what it cannot run exactly: exit code 2 and one error that names the key, the file or the tensor."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOE_DEVTOOLS = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
CHECKPOINTS = ROOT / "tests" / "fixtures" / "checkpoints"
ABSENT = object()


def edit_config(folder, changes):
    file = folder / "config.json"
    config = {key: value for key, value in (json.loads(file.read_text()) | changes).items() if value is not ABSENT}
    file.write_text(json.dumps(config))


def edit_header(file, change):
    """change alters the header in place; the tensors' bytes stay as they are."""
    data = file.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])


class Refusals(unittest.TestCase):
    def copy_of(self, family):
        directory = tempfile.TemporaryDirectory(prefix="moe-refusal-")
        self.addCleanup(directory.cleanup)
        folder = pathlib.Path(directory.name) / family
        shutil.copytree(CHECKPOINTS / family, folder, ignore=shutil.ignore_patterns("golden.*"))
        return folder

    def check_refused(self, folder, *patterns):
        """Every pattern must be found in the message of the error."""
        run = subprocess.run([MOE_DEVTOOLS, "inspect", str(folder), "--json"], capture_output=True, text=True, timeout=600)
        self.assertEqual(run.returncode, 2, run.stdout + run.stderr)
        self.assertTrue(run.stdout, f"nothing on stdout; stderr: {run.stderr}")
        error = json.loads(run.stdout.splitlines()[-1])
        self.assertEqual(error["kind"], "error")
        self.assertRegex(error["id"], r"^MOE\d{4}$")
        for pattern in patterns:
            self.assertRegex(error["message"], pattern)

    def check_configs(self, family, cases):
        """cases: (changes to config.json, patterns)"""
        for changes, *patterns in cases:
            with self.subTest(family, **{key: "absent" if value is ABSENT else value for key, value in changes.items()}):
                folder = self.copy_of(family)
                edit_config(folder, changes)
                self.check_refused(folder, *patterns)

    # --- what is not supported, by name

    def test_unknown_value(self):
        self.check_configs("mixtral", [
            ({"model_type": "mystery_moe"}, "model_type", "mystery_moe"),
            ({"model_type": ABSENT}, "model_type"),
            ({"hidden_act": "mystery"}, "hidden_act", "mystery"),
            ({"rope_scaling": {"rope_type": "foo", "factor": 2.0}}, "rope", "foo"),
            ({"rope_scaling": {"type": "foo", "factor": 2.0}}, "rope", "foo"),
            ({"rope_scaling": ABSENT, "rope_theta": ABSENT, "rope_parameters": {"rope_type": "foo", "rope_theta": 1e4}}, "rope", "foo"),
        ])

    def test_missing_or_mistyped_value(self):
        self.check_configs("mixtral", [
            ({"hidden_size": ABSENT}, "hidden_size"),
            ({"hidden_size": "64"}, "hidden_size"),
            ({"num_hidden_layers": 2.5}, "num_hidden_layers"),
            ({"rope_scaling": {"rope_type": "linear"}}, "factor"),
            ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "high_freq_factor": 4.0}}, "low_freq_factor"),
            ({"rope_scaling": {"rope_type": "longrope", "factor": 2.0, "short_factor": [1.0] * 8}}, "long_factor"),
            ({"rope_scaling": {"rope_type": "longrope", "factor": 2.0, "long_factor": [1.0] * 8, "short_factor": [1.0] * 3}},
             "short_factor"),
        ])

    # --- numbers that contradict each other or the tensors

    def test_contradictory_numbers(self):
        self.check_configs("mixtral", [
            ({"num_key_value_heads": 3}, "num_key_value_heads"),
            ({"num_experts_per_tok": 9}, "num_experts_per_tok"),
            ({"num_experts_per_tok": 0}, "num_experts_per_tok"),
            ({"sliding_window": -3}, "sliding_window"),
        ])

    def test_contradictory_groups(self):
        self.check_configs("deepseek_v3", [
            ({"n_group": 3}, "n_group"),
            ({"n_group": 16}, "n_group"),                     # a group's score is the sum of its two best, and each has one
            ({"topk_group": 5}, "topk_group"),
            ({"num_experts_per_tok": 9}, "num_experts_per_tok|topk_group"),   # the two kept groups have eight experts
        ])

    def test_sizes_unlike_the_tensors(self):
        self.check_configs("mixtral", [
            ({"hidden_size": 80, "head_dim": 16}, r"hidden_size|\.weight"),
            ({"vocab_size": 400}, r"vocab_size|model\.embed_tokens\.weight|lm_head\.weight"),
            ({"num_hidden_layers": 4}, r"num_hidden_layers|model\.layers\.3\."),
            ({"num_local_experts": 9}, r"num_local_experts|block_sparse_moe"),
        ])
        self.check_configs("deepseek_v3", [({"q_lora_rank": 48}, "q_lora_rank|q_a_")])

    # --- files

    def test_missing_tensor(self):
        folder, name = self.copy_of("olmoe"), "model.layers.1.mlp.experts.3.up_proj.weight"
        edit_header(folder / "model.safetensors", lambda header: header.update({"renamed": header.pop(name)}))
        self.check_refused(folder, name.replace(".", r"\."))

    def test_wrong_shape(self):
        folder, name = self.copy_of("olmoe"), "model.layers.0.mlp.gate.weight"
        edit_header(folder / "model.safetensors", lambda header: header[name]["shape"].reverse())
        self.check_refused(folder, name.replace(".", r"\."))

    def test_weight_of_integers(self):
        folder, name = self.copy_of("olmoe"), "model.layers.2.self_attn.o_proj.weight"
        edit_header(folder / "model.safetensors", lambda header: header[name].update(dtype="I16"))
        self.check_refused(folder, name.replace(".", r"\."), "I16")

    def test_missing_shard(self):
        folder = self.copy_of("mixtral")
        (folder / "model-00003-of-00007.safetensors").unlink()
        self.check_refused(folder, r"model-00003-of-00007\.safetensors")

    def test_index_names_the_wrong_shard(self):
        folder, name = self.copy_of("mixtral"), "model.norm.weight"
        index = folder / "model.safetensors.index.json"
        content = json.loads(index.read_text())
        content["weight_map"][name] = "model-00001-of-00007.safetensors"
        index.write_text(json.dumps(content))
        self.assertNotIn(name.encode(), (folder / "model-00001-of-00007.safetensors").read_bytes())
        self.check_refused(folder, name.replace(".", r"\."))

    def test_no_config(self):
        folder = self.copy_of("olmoe")
        (folder / "config.json").unlink()
        self.check_refused(folder, r"config\.json")

    def test_truncated_config(self):
        folder = self.copy_of("olmoe")
        file = folder / "config.json"
        file.write_text(file.read_text()[:200])
        self.check_refused(folder, r"config\.json")


if __name__ == "__main__":
    unittest.main()
