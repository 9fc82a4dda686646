"""What goes wrong: one clear error, the right exit code, nothing else on stdout."""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

from commands import NO_TOKENIZER, OLMOE, SUM, run
from terminal_session import PATIENCE, ROOT, TerminalSession, environment, program


class BadInputTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def refused(self, error, *arguments, **options):
        """Exit 2, exactly one error with this id, no defect, nothing on stdout."""
        done = run(*arguments, **options)
        with self.subTest(arguments=arguments):
            self.assertEqual((2, ""), (done.returncode, done.stdout))
            self.assertEqual(1, done.stderr.count("error MOE"), done.stderr)
            self.assertIn(f"error {error}:", done.stderr)
        return done.stderr.replace("\n  ", " ")

    def test_models_that_are_none(self):
        self.refused("MOE1001", "run", self.folder / "nowhere", "-p", "a")
        self.refused("MOE7111", "run", ROOT / "README.md", "-p", "a")
        self.refused("MOE1017", "inspect", self.folder)
        self.refused("MOE5001", "run", NO_TOKENIZER, "-p", "a")
        self.refused("MOE9131", "tokenize", NO_TOKENIZER, "a")

    def test_prompts_that_cannot_run(self):
        self.refused("MOE5002", "run", OLMOE, "-p", "")
        self.refused("MOE5002", "generate", OLMOE, "--prompt-ids", "")
        self.assertIn("context is 512", self.refused("MOE5003", "run", OLMOE, "--prompt-file", self.file("long", b"Anna went home. " * 2000)))
        self.refused("MOE5203", "run", OLMOE, "--prompt-file", self.file("bytes", b"abc\xff"))
        self.refused("MOE5202", "run", OLMOE, "--prompt-file", self.folder)
        self.refused("MOE5004", "run", OLMOE, "--prompt-ids", "1,99999")
        self.refused("MOE9104", "run", OLMOE, "--prompt-ids", "1,x")
        self.refused("MOE9105", "run", OLMOE, "--messages", self.file("messages", b'[{"role": "user", "content": "Hi"}]'))

    def test_datasets_that_are_none(self):
        self.assertIn("line 2: text is a number", self.refused("MOE5204", "run", OLMOE, "--dataset", self.file("a", b'{"text": "a"}\n{"text": 3}\n')))
        self.assertIn("line 1: not valid JSON at byte 8", self.refused("MOE5204", "run", OLMOE, "--dataset", self.file("b", b'{"text"\n')))
        self.refused("MOE5203", "run", OLMOE, "--dataset", self.file("c", b'{"text": "\xff"}\n'))
        self.refused("MOE5201", "run", OLMOE, "--dataset", self.file("d", b"\n"))

    def test_options_that_contradict(self):
        self.refused("MOE9101", "run", OLMOE)
        self.refused("MOE9102", "run", OLMOE, "-p", "a", "--prompt-ids", "3")
        self.refused("MOE9103", "run", OLMOE, "-p", "a", "-n", "-1")
        self.refused("MOE9106", "run", OLMOE, "-p", "a", "--limit", "3")
        self.refused("MOE9110", "run", OLMOE, "-p", "a", "--capture", "*")
        self.refused("MOE9009", "run", OLMOE, "-p", "a", "-n", "many")

    def test_condition_error_on_the_command_line_is_pointed_at(self):
        self.refused("MOE3015", "run", OLMOE, "-p", SUM, "--break", "L2 if entropi < 3")
        done = run("run", OLMOE, "-p", SUM, "--break", "L2 if entropi < 3")
        self.assertTrue(done.stderr.startswith("  L2 if entropi < 3\n        ^^^^^^^\n"), done.stderr)

    def test_interventions_that_cannot_be(self):
        for error, change in (("MOE3102", "L2: k 99"), ("MOE3101", "L2: mask 16"), ("MOE6010", "L2: policy nonsense"), ("MOE3104", "L9: k 2"), ("MOE3110", "L2 k 2")):
            self.refused(error, "run", OLMOE, "-p", SUM, "--intervene", change)

    def test_condition_without_a_value_runs_on_and_exits_2(self):
        for condition in ("1 / (position - 2) > 100", "router_logits[position + 12] > 100"):
            done = run("run", OLMOE, "-p", SUM, "-n", "2", "--break", f"L2 if {condition}")
            self.assertEqual(2, done.returncode)
            self.assertEqual(1, done.stderr.count("error MOE9115"))
            self.assertIn("generated", done.stdout)

    def test_breakpoint_that_binds_nowhere_is_named_and_exits_2(self):
        done = run("run", OLMOE, "-p", SUM, "-n", "1", "--break", "model.layers.7.mlp.gate", "--json")
        self.assertEqual(2, done.returncode)
        self.assertIn("MOE9114", done.stderr)
        self.assertIn("nearest: model.layers.", done.stderr.replace("\n  ", " "))
        self.assertFalse(json.loads(done.stdout.splitlines()[0])["breakpoints"][0]["verified"])

    def test_stdin_that_is_not_text(self):
        done = subprocess.run([*program(), "tokenize", OLMOE], input=b"a\xff", capture_output=True, env=environment(), timeout=PATIENCE)
        self.assertEqual((2, b""), (done.returncode, done.stdout))
        self.assertIn(b"MOE5203", done.stderr)
        self.assertIn("line 2", run("tokenize", OLMOE, "--lines", "--json", input='"a"\nfoo\n').stderr)


class CheckpointTests(unittest.TestCase):
    """olmoe-tiny with a defect: inspect says one error and nothing else."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.model = pathlib.Path(folder.name) / "model"
        shutil.copytree(OLMOE, self.model)
        self.weights = self.model / "model.safetensors"
        self.data = self.weights.read_bytes()
        self.size, = struct.unpack("<Q", self.data[:8])
        self.header = json.loads(self.data[8:8 + self.size])

    def refused(self):
        done = run("inspect", self.model)
        self.assertEqual((2, ""), (done.returncode, done.stdout))
        self.assertEqual(1, done.stderr.count("error MOE1"), done.stderr)
        return done.stderr

    def with_header(self, change):
        change(self.header)
        text = json.dumps(self.header).encode()
        text += b" " * (-len(text) % 8)
        self.weights.unlink()
        self.weights.write_bytes(struct.pack("<Q", len(text)) + text + self.data[8 + self.size:])

    def test_truncated(self):
        self.weights.unlink()
        self.weights.write_bytes(self.data[:-1000])
        self.refused()

    def test_huge_header(self):
        self.weights.unlink()
        self.weights.write_bytes(struct.pack("<Q", 1 << 40) + self.data[8:])
        self.refused()

    def test_overlapping(self):
        def overlap(header):
            first, second = sorted((name for name in header if name != "__metadata__"), key=lambda name: header[name]["data_offsets"])[:2]
            start, end = header[second]["data_offsets"]
            shift = header[first]["data_offsets"][1] - header[first]["data_offsets"][0]
            header[second]["data_offsets"] = [start - min(shift, 64), end - min(shift, 64)]
        self.with_header(overlap)
        self.refused()

    def test_wrong_shape(self):
        def reshape(header):
            header["model.layers.2.mlp.gate.weight"]["shape"].reverse()
        self.with_header(reshape)
        self.assertIn("model.layers.2.mlp.gate.weight", self.refused())

    def test_missing_shard(self):
        self.weights.rename(self.model / "model-00001-of-00002.safetensors")
        names = {name: "model-00001-of-00002.safetensors" for name in self.header if name != "__metadata__"}
        names["model.norm.weight"] = "model-00002-of-00002.safetensors"
        (self.model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
        self.assertIn("model-00002-of-00002.safetensors", self.refused().replace("\n  ", " "))

    def test_symlink_loop(self):
        self.weights.unlink()
        self.weights.symlink_to("model.safetensors")
        self.refused()


class OutputTests(unittest.TestCase):
    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_full_disk_is_one_clear_error(self):
        for arguments in (("run", OLMOE, "-p", SUM, "-n", "2"), ("run", OLMOE, "-p", SUM, "-n", "2", "--json"), ("generate", OLMOE, "-p", SUM), ("demo",)):
            with open("/dev/full", "w") as full:
                done = subprocess.run([*program(), *arguments], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), timeout=PATIENCE)
            self.assertEqual(2, done.returncode)
            self.assertEqual(1, done.stderr.count("error MOE9011"), done.stderr)

    def test_reader_that_goes_away_ends_the_run_quietly(self):
        process = subprocess.Popen([*program(), "run", OLMOE, "-p", SUM, "-n", "400", "--ignore-eos", "--capture", "*", "--columns", "all", "--json"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.assertIn(b'"session"', process.stdout.readline())
        process.stdout.close()
        errors = process.stderr.read()
        self.assertEqual((141, b""), (process.wait(PATIENCE), errors))
        process.stderr.close()

    @unittest.skipIf(program()[0] == "dotnet", "the script opens them")
    def test_closed_streams_are_no_streams(self):
        for closed in ([0], [1], [0, 1, 2]):
            def close():
                for stream in closed:
                    os.close(stream)
            process = subprocess.Popen([*program(), "debug", OLMOE, "-p", SUM], preexec_fn=close, close_fds=False, env=environment(),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(0, process.wait(PATIENCE))

    def test_ctrl_c_ends_a_run_with_130_and_without_a_trace(self):
        for arguments in (("run", OLMOE, "--prompt-ids", "5", "-n", "511", "--ignore-eos", "--log", "L0: step {step}"),
                          ("run", OLMOE, "--prompt-ids", "5", "-n", "511", "--ignore-eos", "--json")):
            with TerminalSession([*program(), *arguments]) as session:
                session.expect("step\\W+2")
                session.interrupt()
                code, seen = session.finish()
                self.assertEqual(130, code)
                self.assertNotIn("xception", seen)
                self.assertTrue(session.is_cooked())

    def test_sigterm_ends_a_run_with_143(self):
        process = subprocess.Popen([*program(), "run", OLMOE, "--prompt-ids", "5", "-n", "511", "--ignore-eos", "--json"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        self.assertEqual((143, b""), (process.wait(PATIENCE), process.stderr.read()))

    def test_dataset_shows_progress_on_a_terminal(self):
        with TerminalSession([*program(), "run", OLMOE, "--dataset", str(ROOT / "samples" / "data" / "eval.jsonl")]) as session:
            session.expect(r"documents +\S+ +[0-9]+ of 240")
            code, seen = session.finish()
            self.assertEqual(0, code)
            self.assertIn("perplexity", seen)


if __name__ == "__main__":
    unittest.main()
