"""Training programs in the most different styles (tests/fixtures/styles): the routers by their names, each step's load as the program itself counts it, and the same losses to the last bit."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import daemon
from moe_devtools.lines import lines_of

STYLES = os.path.join(daemon.FIXTURES, "styles")
ROUTERS = {                                                    # in the order in which they decide
    "char_gpt.py": ["blocks.0.smoe.router", "blocks.1.smoe.router"],
    "patches.py": ["selector"],
    "gumbel_regression.py": ["gating_network"],
    "sorted_dispatch.py": ["moe.gate_weight"],
    "one_hot_switch.py": ["moe_1.gate", "moe_2.gate"],
    "seq2seq.py": ["encoder.moe.wg", "decoder.moe.wg"],
    "two_level.py": ["body.router"] + [f"body.groups.{group}.gate" for group in range(4)],
    "cosine_router.py": ["mixer.expert_embed"],
    "lightning_like.py": ["gates.0", "gates.1", "gates.2", "gates.3"],
    "metrics_only.py": [],
}
STEPS = 10


def run(program, address=None):
    """What a program logs, and its other words."""
    environment = {**daemon.environment(address), "PYTHONDONTWRITEBYTECODE": "1"}
    if address is None:
        environment.pop("PYTHONPATH")
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        done = subprocess.run([sys.executable, program, "--steps", str(STEPS), "--log-file", log], cwd=STYLES, env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise AssertionError(done.stderr)
        with open(log, encoding="utf-8") as file:
            return file.read(), done.stderr


def loads(d):
    """By step and router, how many rows each expert was chosen for."""
    experts = [router["experts"] for router in d.of("routers")[-1][0]["routers"]]
    counted = {}
    for head, columns in d.of("batch"):
        load = counted.setdefault((head["step"], head["router"]), [0] * experts[head["router"]])
        for row in daemon.numbers(columns["chosen" if "chosen" in columns else "selected_experts"]):
            for expert in row:
                load[expert] += 1
    return counted


class StyleTests(unittest.TestCase):
    def test_Styles_AreFound_CountedAndLeftAlone(self):
        for program, names in ROUTERS.items():
            with self.subTest(program), daemon.Daemon() as d:
                alone, _ = run(program)
                heard, said = run(program, d.address)
                self.assertEqual("", said)
                self.assertEqual(alone, heard)
                d.wait_for(lambda d: d.of("bye"))
                self.assertEqual(names, sorted((router["name"] for router in d.of("routers")[-1][0]["routers"]), key=lambda name: names.index(name) if name in names else -1))
                counted = loads(d)
                for line in map(json.loads, alone.splitlines()):
                    for router, load in enumerate(line["load"]):
                        self.assertEqual(load, counted[line["step"], router], (program, line["step"], router))
                self.assertEqual(STEPS, len({head["step"] for head, _ in d.of("rows")}) if names else STEPS)
                keys = [(head["step"], head["pass"], head["router"]) for head, _ in d.of("batch")]
                self.assertEqual(len(keys), len(set(keys)), "a router decides once a pass")
                with open(os.path.join(STYLES, program), encoding="utf-8") as file:
                    candidates = lines_of(file.read())
                for router in d.of("routers")[-1][0]["routers"]:
                    self.assertIsNone(router["noChanges"], router)
                    for source in router["sources"]:
                        self.assertIn({"line": source["line"], "what": source["what"]}, candidates, program)

    def test_Rows_OfTwoInputs_AreEachItsOwn_AndLengthFirstWhereTheModelWantsThat(self):
        with daemon.Daemon() as d:
            run("seq2seq.py", d.address)
            d.wait_for(lambda d: d.of("bye"))
            rows = {head["pass"]: (head["rows"], columns) for head, columns in d.of("rows") if head["step"] == 1}
            self.assertEqual([27, 15, 15, 15], [rows[number][0] for number in range(4)])
            for count, columns in rows.values():
                self.assertEqual([row // 3 for row in range(count)], daemon.numbers(columns["position"]))
                self.assertEqual([row % 3 for row in range(count)], daemon.numbers(columns["sequence"]))
            source, target = (daemon.numbers(rows[number][1]["token_id"]) for number in (0, 1))
            self.assertEqual([source[3 * (4 - row // 3) + row % 3] for row in range(15)], target)          # the target is the source's beginning, backwards


if __name__ == "__main__":
    unittest.main()
