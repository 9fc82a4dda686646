"""The debug console: over a terminal, from a file, from a pipe."""
import pathlib
import re
import tempfile
import unittest

from commands import ANNA, NO_TOKENIZER, OLMOE, SUM, run
from terminal_session import TerminalSession, environment, program

PROMPT = r"\(moe\) \x1b\[J"
SGR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class ScriptTests(unittest.TestCase):
    def script(self, *commands, prompt=SUM, options=("-n", "4")):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "commands"
            path.write_text("\n".join(commands) + "\n")
            return run("debug", OLMOE, "-p", prompt, *options, "--commands", path)

    def answers(self, done):
        """What was answered to each command, by the command."""
        parts = re.split(r"^\(moe\) (.*)\n", done.stdout, flags=re.M)
        return dict(zip(parts[1::2], parts[2::2]))

    def test_stop_step_look_change_go_on(self):
        done = self.script("# a comment", "break L2 if entropy < 0.5", "continue", "stack", "print selected_experts", "print entropy", "rows",
                           "mask 2", "info changes", "undo", "decision", "row 0", "over", "into", "out", "list", "info stops", "delete 1", "c")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        said = self.answers(done)
        self.assertIn("binds 1 router", said["break L2 if entropy < 0.5"])
        self.assertIn("entropy < 0.5 (was 0.288)", said["continue"])
        self.assertIn("position 4 · row 4 of 5", said["continue"])
        self.assertIn('0  token 4 "·="', said["stack"])
        self.assertIn("router L2 model.layers.2.mlp.gate", said["stack"])
        self.assertIn("2 7 8 4", said["print selected_experts"])
        self.assertIn("entropy = 0.288", said["print entropy"])
        self.assertEqual(6, len(said["rows"].splitlines()))
        self.assertIn("changed; the model's own: E2 0.85", said["mask 2"])
        self.assertIn("this decision only", said["info changes"])
        self.assertNotIn("changed;", said["undo"])
        self.assertEqual(said["continue"], said["decision"])
        self.assertIn('token "7"', said["row 0"])
        self.assertIn("model.layers.3.mlp.gate · step 1 prefill · position 0", said["over"])
        self.assertIn("model.layers.3.mlp.gate · step 1 prefill · position 1", said["into"])
        self.assertIn("model.layers.0.mlp.gate · step 2 decode", said["out"])
        self.assertEqual(5, len(said["list"].splitlines()))
        self.assertIn("■ ended", said["c"])

    def test_step_before_the_start_stops_at_the_first_router(self):
        for step in ("into", "over", "out"):
            self.assertIn("model.layers.0.mlp.gate · step 1 prefill · position 0", self.script(step).stdout)

    def test_change_from_here_on_changes_the_text_and_undo_restores_it(self):
        change = ("break L3 if position == 5 once", "continue", "always mask 0")
        own, changed, restored = (re.search(r"^text: (.*)$", self.script(*commands, "continue", prompt=ANNA, options=("-n", "16")).stdout, re.M)[1]
                                  for commands in ((), change, (*change, "undo")))
        self.assertNotEqual(own, changed)
        self.assertEqual(own, restored)

    def test_after_the_end_only_restart_runs_again(self):
        done = self.script("continue", "continue", "into", "restart")
        self.assertEqual(2, done.returncode)
        self.assertEqual(2, done.stderr.count("MOE9210"))
        self.assertEqual(2, done.stdout.count("■ ended"))

    def test_errors_point_at_their_column_and_fail_the_script(self):
        done = self.script("break L2 if entropi < 3", "break L2", "condition 1 top1Margin <", "hits 1 often", "break L0 if 1 / 0 > 1")
        self.assertEqual(2, done.returncode)
        shown = done.stderr.splitlines()
        for command, column in (("break L2 if entropi < 3", 12), ("hits 1 often", 7), ("break L0 if 1 / 0 > 1", 16)):
            at = shown.index("  " + command)
            self.assertEqual(2 + column, shown[at + 1].index("^"))

    def test_division_by_zero_is_told_once_and_neither_true_nor_false(self):
        done = self.script("break L2 if 1 / (position - 2) > 5", "continue")
        self.assertEqual(1, done.stdout.count("division by zero"))

    def test_impossible_changes_are_refused_with_the_reason(self):
        done = self.script("into", "k 99", "mask 16", "policy nonsense", "force", "weights 1", "always L9: k 2", "decision")
        said = done.stderr
        for part in ("k = 99 is not possible", "experts 0 to 15", 'no policy "nonsense"', 'no router is named "L9"'):
            self.assertIn(part, said)
        self.assertNotIn("changed;", self.answers(done)["decision"])

    def test_help_describes_every_command_in_80_columns(self):
        done = self.script("help", options=("-n", "0"))
        names = re.findall(r"^  ([a-z_]+)(?:, \w+)?  +\S", done.stdout, re.M)
        self.assertGreater(len(names), 35)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        each = self.script(*(f"help {name}" for name in names))
        self.assertEqual((0, ""), (each.returncode, each.stderr))
        for name, text in self.answers(each).items():
            self.assertGreaterEqual(len(text.splitlines()), 2, name)

    def test_unbound_breakpoint_names_the_nearest_router(self):
        self.assertIn("nearest: model.layers.", self.script("break model.layers.9.mlp.gate").stdout.replace("\n  ", " "))

    def test_piped_commands_run_without_a_terminal(self):
        done = run("debug", OLMOE, "-p", SUM, "-n", "2", input="break L1\ncontinue\nquit\n")
        self.assertEqual(0, done.returncode)
        self.assertIn("■ stopped", done.stdout)
        self.assertEqual(2, run("debug", OLMOE, "-p", SUM, input="nonsense\n").returncode)

    def test_ids_stand_for_text_without_a_tokenizer(self):
        done = run("debug", NO_TOKENIZER, "--prompt-ids", "3,1,4", "-n", "2", input="into\nstack\nrows\nlist\ncontinue\n")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("token id 3", done.stdout)


class TerminalTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name

    def session(self, *options, columns=80):
        session = TerminalSession([*program(), "debug", OLMOE, *options], columns, environment(XDG_STATE_HOME=self.state))
        self.addCleanup(session.__exit__)
        session.expect(PROMPT)
        return session

    def ask(self, session, command, answer):
        session.type(command + "\r")
        match = session.expect(answer)
        session.expect(PROMPT)
        return match

    def test_stop_is_not_wider_than_the_terminal(self):
        session = self.session("-p", ANNA, "-n", "4", columns=60)
        session.type("break L3 if entropy < 0.2\r")
        session.expect("binds 1 router")
        session.expect(PROMPT)
        session.type("continue\r")
        seen = session.expect(r"(?s)stopped.*help").group()
        self.assertLessEqual(max(len(SGR.sub("", line)) for line in seen.splitlines()), 60)

    def test_tab_completes_commands_routers_and_conditions(self):
        session = self.session("-p", SUM)
        session.type("cond\t")
        session.expect("condition")
        session.type("\x15bre\tmodel.layers.2\tif entr\t< 0.35\r")
        session.expect(r"if entropy < 0\.35")
        session.expect("binds 1 router")

    def test_ctrl_c_pauses_the_model_and_comes_back_to_the_prompt(self):
        session = self.session("--prompt-ids", "5", "-n", "511", "--ignore-eos", "--log", "L0: step {step}")
        session.type("continue\r")
        session.expect("step 3")
        session.interrupt()
        session.expect("paused")
        session.expect(PROMPT)
        self.ask(session, "stack", "step [0-9]+ ")
        session.type("\x04")
        self.assertEqual(0, session.finish()[0])
        self.assertTrue(session.is_cooked())

    def test_quit_and_ctrl_d_end_at_a_stop(self):
        for last in ("quit\r", "\x04"):
            session = self.session("-p", SUM)
            self.ask(session, "into", "stopped")
            session.type(last)
            self.assertEqual(0, session.finish()[0])

    def test_sigterm_ends_a_running_model(self):
        session = self.session("--prompt-ids", "5", "-n", "511", "--ignore-eos", "--log", "L0: step {step}")
        session.type("continue\r")
        session.expect("step 3")
        session.terminate()
        self.assertEqual(143, session.finish()[0])
        self.assertTrue(session.is_cooked())

    def test_nan_weights_stop_by_default(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = nan_model(folder)
            done = run("debug", broken, "-p", SUM, input="continue\n")
            self.assertIn("nan_logits", done.stdout)
            self.assertIn("model.layers.1.mlp.gate", done.stdout)
            self.assertEqual(0, done.returncode)
            ran = run("run", broken, "-p", SUM, "--fail-on-stop")
            self.assertEqual(1, ran.returncode)
            self.assertIn("capture suspect", ran.stdout)


def nan_model(folder):
    """olmoe-tiny with NaN for the weights of the second router."""
    import json
    import shutil
    import struct
    target = pathlib.Path(folder) / "nan"
    shutil.copytree(OLMOE, target)
    path = target / "model.safetensors"
    data = bytearray(path.read_bytes())
    size, = struct.unpack("<Q", data[:8])
    start, end = json.loads(data[8:8 + size])["model.layers.1.mlp.gate.weight"]["data_offsets"]
    data[8 + size + start:8 + size + end] = b"\xc0\x7f" * ((end - start) // 2)
    path.unlink()
    path.write_bytes(data)
    return target


if __name__ == "__main__":
    unittest.main()
