"""run, generate, tokenize, inspect, parity: what scripts get, with the numbers held against each other."""
import json
import math
import unittest

from commands import ANNA, COLLAPSED, DEEPSEEK, EVAL, NO_TOKENIZER, OLMOE, SUM, lines, run
from terminal_session import ROOT, environment

# samples/README.md, loss on data/eval.jsonl
LOSS = {"english": 0.377, "french": 0.638, "python": 0.284, "json": 0.384, "arithmetic": 0.534, "logs": 0.459, "all": 0.440}


class JsonTests(unittest.TestCase):
    def test_every_kind_comes_with_values_that_agree(self):
        done = run("run", OLMOE, "-p", SUM, "-n", "4", "--break", "L2 if entropy < 0.5", "--log", "L1 if topWeight > 0.5: {topWeight}",
                   "--intervene", "L3: k 2", "--capture", "*", "--columns", "all", "--json")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        kinds = lines(done)
        self.assertEqual({"session", "stop", "log", "token", "sequence", "routing", "end"}, set(kinds))
        self.assertEqual("session", json.loads(done.stdout.splitlines()[0])["kind"])
        self.assertEqual("end", json.loads(done.stdout.splitlines()[-1])["kind"])
        self.check_routing(kinds["routing"])
        end, = kinds["end"]
        for router in end["routers"]:
            rows = [chosen for batch in kinds["routing"] if batch["router"] == router["router"] for chosen in batch["selected_experts"]]
            self.assertEqual(len(rows), router["tokens"])
            self.assertEqual([sum(row.count(e) for row in rows) for e in range(16)], router["counts"])
        for stop in kinds["stop"]:
            self.assertLess(stop["entropy"], 0.5)
            self.assertEqual(("breakpoint", "model.layers.2.mlp.gate"), (stop["reason"], stop["router"]))
        self.assertEqual(len(kinds["stop"]), end["stops"])
        self.assertTrue(all(float(line["text"]) > 0.5 for line in kinds["log"]))
        tokens, (sequence,) = kinds["token"], kinds["sequence"]
        self.assertEqual([token["id"] for token in tokens], sequence["generated_ids"])
        self.assertEqual("".join(token.get("text", "") for token in tokens), sequence["text"])
        self.assertTrue(all(token["logprob"] <= 0 for token in tokens))

    def check_routing(self, batches):
        for batch in batches:
            slots = 2 if batch["router"].startswith("model.layers.3.") else 4
            self.assertEqual(slots == 2, batch["changed"])
            for logits, scores, chosen, weights in zip(*(batch[name] for name in ("router_logits", "router_scores", "selected_experts", "routing_weights"))):
                self.assertAlmostEqual(1, sum(scores), places=4)
                exps = [math.exp(z - max(logits)) for z in logits]
                for e in range(16):
                    self.assertAlmostEqual(exps[e] / sum(exps), scores[e], places=5)
                self.assertEqual([-1] * (4 - slots), chosen[slots:])
                chosen, weights = chosen[:slots], weights[:slots]
                self.assertEqual(sorted(range(16), key=lambda e: -scores[e])[:slots], chosen)
                self.assertEqual([scores[e] for e in chosen], weights)

    def test_capture_prints_the_named_routers_and_columns_only(self):
        done = run("run", OLMOE, "-p", SUM, "-n", "0", "--capture", "L1", "--columns", "router_logits", "--break", "L2 once", "--json")
        batch, = lines(done)["routing"]
        self.assertEqual("model.layers.1.mlp.gate", batch["router"])
        self.assertIn("router_logits", batch)
        self.assertFalse({"router_scores", "selection_scores", "selected_experts", "routing_weights"} & set(batch))

    def test_deepseek_weights_are_renormalised_and_scaled(self):
        done = run("run", DEEPSEEK, "-p", SUM, "-n", "1", "--capture", "*", "--json")
        for batch in lines(done)["routing"]:
            for weights in batch["routing_weights"]:
                self.assertAlmostEqual(2, sum(weights), places=4)

    def test_losses_are_those_of_the_samples_readme(self):
        done = run("run", OLMOE, "--dataset", EVAL, "--json")
        kinds = lines(done)
        losses = {}
        for sequence in kinds["sequence"]:
            self.assertEqual(sequence["tokens"] - 1, len(sequence["nll"]))
            for label in (sequence["label"], "all"):
                losses.setdefault(label, []).extend(sequence["nll"])
        for label, expected in LOSS.items():
            self.assertAlmostEqual(expected, sum(losses[label]) / len(losses[label]), delta=0.01)
        self.assertAlmostEqual(LOSS["all"], kinds["end"][0]["nll_mean"], delta=0.01)
        self.assertEqual("", done.stderr)  # no progress bar without a terminal

    def test_collapse_is_an_anomaly_and_fails_the_gate(self):
        arguments = ("--dataset", EVAL, "--limit", "12", "--filter", "router_collapse", "--fail-on-stop", "--json")
        done = run("run", COLLAPSED, *arguments)
        self.assertEqual(1, done.returncode)
        kinds = lines(done)
        anomaly = kinds["anomaly"][0]
        self.assertEqual("router_collapse", anomaly["id"])
        self.assertLess(anomaly["value"], anomaly["threshold"])
        self.assertEqual(("anomaly", 4), (kinds["stop"][0]["reason"], len(kinds["stop"][0]["selected_experts"])))
        healthy = run("run", OLMOE, *arguments)
        self.assertEqual((0, 0), (healthy.returncode, lines(healthy)["end"][0]["stops"]))

    def test_ids_go_in_and_out_without_a_tokenizer(self):
        done = run("run", NO_TOKENIZER, "--prompt-ids", "3,1,4", "-n", "3", "--json")
        kinds = lines(done)
        self.assertEqual(0, done.returncode)
        self.assertTrue(all("text" not in token for token in kinds["token"]))

    def test_same_seed_gives_the_same_text(self):
        first, again, other = (run("generate", OLMOE, "-p", "Anna", "-n", "12", "--temperature", "1.5", "--seed", seed, "--json") for seed in (7, 7, 8))
        self.assertEqual(lines(first)["sequence"][0]["generated_ids"], lines(again)["sequence"][0]["generated_ids"])
        self.assertNotEqual(lines(first)["sequence"][0]["generated_ids"], lines(other)["sequence"][0]["generated_ids"])

    def test_breakpoints_and_capture_leave_the_text_alone(self):
        plain = run("generate", OLMOE, "-p", ANNA, "-n", "12", "--json")
        watched = run("run", OLMOE, "-p", ANNA, "-n", "12", "--break", "*", "--capture", "*", "--json")
        self.assertEqual(lines(plain)["token"], lines(watched)["token"])


class TextTests(unittest.TestCase):
    def test_stop_fits_the_width_and_says_why(self):
        for columns, locale in ((40, "C"), (80, "C.UTF-8"), (120, "C.UTF-8")):
            done = run("run", OLMOE, "-p", SUM, "-n", "2", "--break", "L2 if entropy < 0.35", env=environment(COLUMNS=str(columns), LC_ALL=locale))
            self.assertEqual(0, done.returncode)
            self.assertIn("entropy < 0.35 (was 0.288)", done.stdout)
            self.assertIn("cut: E5", done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), columns)
            self.assertEqual(locale == "C", done.stdout.isascii())

    def test_help_of_every_verb_fits_60_columns(self):
        for verb in ("demo", "debug", "run", "inspect", "generate", "tokenize", "parity", "doctor"):
            done = run(verb, "--help", env=environment(COLUMNS="60"))
            self.assertEqual(0, done.returncode)
            self.assertEqual([], [line for line in done.stdout.splitlines() if len(line) > 60 and " " in line.strip()])  # a word is not broken

    def test_generate_streams_text_to_stdout_and_counts_to_stderr(self):
        done = run("generate", OLMOE, "-p", SUM, "-n", "4")
        self.assertEqual((0, " 21"), (done.returncode, done.stdout.rstrip("\n")))
        self.assertIn("generated 4", done.stderr)

    def test_no_new_tokens_is_a_prefill(self):
        done = run("run", OLMOE, "-p", SUM, "-n", "0", "--json")
        self.assertEqual([], lines(done)["sequence"][0]["generated_ids"])

    def test_generation_ends_where_the_context_ends(self):
        ids = ",".join(["5"] * 510)
        done = run("run", OLMOE, "--prompt-ids", ids, "-n", "99999999", "--ignore-eos", "--json")
        self.assertEqual((0, "context"), (done.returncode, lines(done)["sequence"][0]["finish"]))

    def test_tokenize_lines_answers_each(self):
        done = run("tokenize", OLMOE, "--lines", "--json", input='"a"\n"Anna\\n"\n')
        first, second = lines(done)["tokens"]
        self.assertEqual(("a", "Anna\n"), (first["decoded"], second["decoded"]))

    def test_inspect_counts_as_the_readme(self):
        model, = lines(run("inspect", OLMOE, "--json"))["model"]
        self.assertEqual((2107520, 4, 1024, 512), (model["parameters"], model["layers"], model["vocabulary"], model["context"]))

    def test_parity_passes_and_names_what_it_skips(self):
        folder = ROOT / "tests" / "fixtures" / "checkpoints"
        done = run("parity", folder / "olmoe", folder / "sampling", "--json")
        row, = lines(done)["parity"]
        self.assertEqual((0, True, 0), (done.returncode, row["pass"], row["decisions_differ"]))
        self.assertIn("passed over: 1", done.stderr)


if __name__ == "__main__":
    unittest.main()
