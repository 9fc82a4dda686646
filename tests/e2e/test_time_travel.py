"""Going back, branches, replays and forced routing from the command line."""
import pathlib
import re
import tempfile
import unittest

from commands import ANNA, EVAL, OLMOE, SUM, lines, run


class TimeTravelTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "run.moetrace"

    def script(self, *commands, model=OLMOE, options=("-p", SUM, "-n", "4")):
        """What was answered to each command, in order."""
        path = self.folder / "commands"
        path.write_text("\n".join(commands) + "\n")
        done = run("debug", model, *options, "--commands", path)
        self.errors = re.findall(r"error (MOE\d+)", done.stderr)
        parts = re.split(r"^\(moe\) (.*)\n", done.stdout, flags=re.M)
        return parts[2::2]

    def test_back_over_reverse_and_the_present(self):
        said = self.script("break L2 if entropy < 0.5", "continue", "over", "back", "goto 1", "over", "back", "continue", "continue", "reverse", "back", "mask 1")
        self.assertIn("■ stopped  entropy < 0.5 (was 0.288)", said[1])
        self.assertIn("■ recorded", said[3])
        self.assertEqual(said[1].split("\n")[2:12], said[3].split("\n")[2:12])
        self.assertEqual(said[4].split("\n")[1:12], said[6].split("\n")[1:12])
        self.assertIn("■ recorded  entropy < 0.5 (was 0.288)", said[7])
        self.assertIn("■ stopped", said[8])
        self.assertIn("model.layers.3.mlp.gate", said[8])
        self.assertEqual(["MOE4008"], self.errors)

    def test_after_the_end_the_past_is_there(self):
        said = self.script("break L2 if entropy < 0.5", "continue", "continue", "continue", "reverse", "continue", "continue")
        self.assertIn("■ ended", said[2])
        self.assertEqual(["MOE9210", "MOE9210"], self.errors)    # at the end, and again after the way back to it
        self.assertIn("■ recorded  entropy < 0.5", said[4])
        self.assertIn("■ ended", said[5])

    def test_a_branch_is_the_original_until_it_is_changed(self):
        options = ("-p", ANNA, "-n", "16", "--record", self.file)
        said = self.script("break L3 if step == 3 once", "continue", "continue", "goto 3", "branch", "continue", "session", "session 0", "goto 3", "branch", "always *: scale_weights 0", "continue", options=options)
        own = re.search(r"^text: (.*)$", said[2], re.M)[1]
        self.assertIn("session 1: branch from step 3", said[4])
        self.assertIn("■ stopped", said[4])
        self.assertTrue(own.endswith(re.search(r"^text: (.*)$", said[5], re.M)[1]))
        self.assertIn("* 1 branch from step 3", said[6])
        self.assertFalse(own.endswith(re.search(r"^text: (.*)$", said[11], re.M)[1]))
        self.assertEqual({"commands", "run.moetrace", "run.branch1.moetrace", "run.branch2.moetrace"}, {path.name for path in self.folder.iterdir()})
        self.assertEqual("branch", lines(run("trace", "info", self.folder / "run.branch1.moetrace", "--json"))["trace"][0]["recorded"])
        self.assertEqual(0, run("trace", "verify", self.folder / "run.branch2.moetrace").returncode)

    def test_a_recording_is_debugged_and_run_in_place_of_its_model(self):
        options = ("--break", "* if entropy < 0.3", "--filter", "load_imbalance:threshold=1")
        live = lines(run("run", OLMOE, "-p", ANNA, "-n", "12", "--record", self.file, *options, "--json"))
        replayed = lines(run("run", self.file, *options, "--json"))
        self.assertEqual(live["stop"], replayed["stop"])
        self.assertEqual(live["token"], replayed["token"])
        self.assertEqual(live["end"][0]["routers"], replayed["end"][0]["routers"])
        self.assertEqual(str(self.file), replayed["session"][0]["trace"])
        self.assertGreater(len(live["stop"]), 5)
        said = self.script("break L1 if step == 4", "continue", "back", "k 1", "branch", "info model", "goto 7", "continue", "reverse", model=self.file, options=())
        self.assertIn("step 4 decode", said[1])
        self.assertEqual(["MOE4008", "MOE4011"], self.errors)
        self.assertIn("a recording", said[5])
        self.assertIn("step 7 decode", said[6])
        self.assertIn("■ ended", said[7])
        self.assertIn("step 4 decode", said[8])
        self.assertIn("MOE9123", run("run", self.file, "-p", SUM).stderr)

    def test_routing_that_is_imposed_makes_the_text_of_the_changed_run(self):
        changed = lines(run("run", OLMOE, "-p", ANNA, "-n", "12", "--intervene", "L3: mask 0", "--record", self.file, "--json"))
        own = lines(run("run", OLMOE, "-p", ANNA, "-n", "12", "--json"))
        self.assertNotEqual(own["sequence"][0]["text"], changed["sequence"][0]["text"])
        for weights in ((), ("--force-weights", "trace")):
            forced = lines(run("run", OLMOE, "-p", ANNA, "-n", "12", "--force-routing", self.file, *weights, "--json"))
            self.assertEqual(changed["token"], forced["token"])
            counts = forced["end"][0]["forced_routing"]
            self.assertEqual(0, counts["missing"])
            self.assertGreater(counts["mismatches"], 0)
        done = run("run", OLMOE, "-p", ANNA, "-n", "12", "--force-routing", self.file, "--filter", "replay_mismatch", "--fail-on-stop")
        self.assertEqual(1, done.returncode)
        self.assertIn("replay_mismatch", done.stdout)
        shorter = lines(run("run", OLMOE, "-p", ANNA[:40], "-n", "12", "--force-routing", self.file, "--json"))["end"][0]["forced_routing"]
        self.assertGreater(shorter["rows"], 0)
        self.assertGreater(shorter["missing"], 0)

    def test_what_cannot_be_imposed_or_recorded_is_refused(self):
        run("run", OLMOE, "-p", SUM, "--record", self.file)
        for words, error in ((("--force-weights", "trace"), "MOE9125"), (("--force-routing", self.file, "--force-weights", "both"), "MOE9124"),
                             (("--force-routing", EVAL), "MOE7111"), (("--record-columns", "all"), "MOE9150"), (("--record", EVAL), "MOE71")):
            done = run("run", OLMOE, "-p", SUM, *words)
            self.assertEqual(2, done.returncode, words)
            self.assertIn(error, done.stderr, words)
        self.assertIn("MOE9153", run("run", self.file, "--record", self.folder / "again.moetrace").stderr)
        run("run", OLMOE, "-p", SUM, "--record", self.file, "--record-columns", "selected_experts")
        self.assertIn("MOE5022", run("run", OLMOE, "-p", SUM, "--force-routing", self.file, "--force-weights", "trace").stderr)


if __name__ == "__main__":
    unittest.main()
