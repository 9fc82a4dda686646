"""What the program takes of the machine: nothing while it waits, and no more memory than it is given."""
import json
import os
import pathlib
import random
import struct
import subprocess
import tempfile
import time
import unittest

from commands import OLMOE, SUM, lines, run
from terminal_session import PATIENCE, environment, program

SHAPE = {"hidden_size": 512, "intermediate_size": 1024, "num_experts": 64, "num_experts_per_tok": 4, "num_hidden_layers": 2, "vocab_size": 512}


def cpu_seconds(process):
    """Processor time of a process and its threads so far, to the nanosecond."""
    tasks = pathlib.Path(f"/proc/{process}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def descendants(process):
    children = [int(child) for task in pathlib.Path(f"/proc/{process}/task").iterdir() for child in (task / "children").read_text().split()]
    return [process, *(below for child in children for below in descendants(child))]


@unittest.skipUnless(os.path.exists("/proc/self/schedstat"), "the kernel counts no processor time of threads here (/proc/self/schedstat)")
class IdleTests(unittest.TestCase):
    def test_stopped_session_uses_no_processor(self):
        process = subprocess.Popen([*program(), "debug", OLMOE, "-p", SUM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, env=environment())
        try:
            process.stdin.write("break L1\ncontinue\n")
            process.stdin.flush()
            end = time.monotonic() + PATIENCE
            while "next  over" not in (line := process.stdout.readline()):
                self.assertTrue(line, "ended before it stopped")
                self.assertLess(time.monotonic(), end)
            time.sleep(3)                                     # the runtime compiles hot methods anew in the background
            processes = descendants(process.pid)
            before = sum(map(cpu_seconds, processes))
            time.sleep(2)
            self.assertLess(sum(map(cpu_seconds, processes)) - before, 0.02)    # 1 % of 2 s
        finally:
            process.kill()
            process.communicate()


class MemoryGroup:
    """A control group of its own, version 1 or 2; `reason` says why there is none."""

    def __init__(self, limit):
        self.folder, self.reason = None, None
        root = pathlib.Path("/sys/fs/cgroup")
        version1 = (root / "memory").is_dir()
        folder = (root / "memory" if version1 else root) / f"moe-devtools-{os.getpid()}"
        try:
            folder.mkdir()
            self.folder = folder
            (folder / ("memory.limit_in_bytes" if version1 else "memory.max")).write_text(str(limit))
        except OSError as error:
            self.reason = f"no memory control group can be made here: {error}"
            self.remove()

    def enter(self):
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        if self.folder:
            self.folder.rmdir()


def write_model(folder):
    """A random olmoe checkpoint of 400 MB: bfloat16 values between 2^-8 and 2^-5."""
    h, f, v = SHAPE["hidden_size"], SHAPE["intermediate_size"], SHAPE["vocab_size"]
    shapes = {"model.embed_tokens.weight": (v, h), "lm_head.weight": (v, h), "model.norm.weight": (h,)}
    for layer in range(SHAPE["num_hidden_layers"]):
        p = f"model.layers.{layer}"
        shapes |= {f"{p}.{norm}.weight": (h,) for norm in ("input_layernorm", "post_attention_layernorm", "self_attn.q_norm", "self_attn.k_norm")}
        shapes |= {f"{p}.self_attn.{name}_proj.weight": (h, h) for name in "qkvo"} | {f"{p}.mlp.gate.weight": (SHAPE["num_experts"], h)}
        for e in range(SHAPE["num_experts"]):
            shapes |= {f"{p}.mlp.experts.{e}.gate_proj.weight": (f, h), f"{p}.mlp.experts.{e}.up_proj.weight": (f, h), f"{p}.mlp.experts.{e}.down_proj.weight": (h, f)}
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    draw = random.Random(1)
    block = b"".join(struct.pack("<H", draw.choice((0, 0x8000)) | draw.randrange(119 << 7, 122 << 7)) for _ in range(1 << 19))
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(0, end, len(block)):
            file.write(block)
        file.truncate(8 + len(text) + end)
    config = SHAPE | {"model_type": "olmoe", "num_attention_heads": 8, "max_position_embeddings": 512, "torch_dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(config))
    return end


class MemoryTests(unittest.TestCase):
    def test_model_larger_than_memory_gives_the_same_tokens(self):
        group = MemoryGroup(limit=220 << 20)
        if group.reason:
            self.skipTest(group.reason)
        self.addCleanup(group.remove)
        with tempfile.TemporaryDirectory(prefix="moe-large-") as name:
            size = write_model(pathlib.Path(name))
            self.assertGreater(size, 1.5 * (220 << 20))
            arguments = ("generate", name, "--prompt-ids", ",".join(map(str, range(3, 43))), "-n", "12", "--ignore-eos", "--json")
            inside = run(*arguments, preexec_fn=group.enter)
            self.assertEqual((0, ""), (inside.returncode, inside.stderr))
            outside = run(*arguments)
            self.assertEqual([t["id"] for t in lines(outside)["token"]], [t["id"] for t in lines(inside)["token"]])


if __name__ == "__main__":
    unittest.main()
