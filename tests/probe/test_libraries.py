"""The routers of libraries, whether their choice is seen or not: logits, experts and weights are what the library's own code used, in the first pass and in later ones."""
import unittest

import daemon
import libraries
import torch
import torch.nn as nn
from moe_devtools.catalogue import ROUTERS
from test_finding import next_step, watched


class Model(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.embed, self.mlp, self.head = nn.Embedding(40, libraries.HIDDEN), block, nn.Linear(libraries.HIDDEN, 40)

    def forward(self, input_ids):
        out = self.mlp(self.embed(input_ids))
        return self.head(out[0] if isinstance(out, tuple) else out)


class LibraryTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon, cls.probe = watched()

    def check(self, block, name, is_seen=True):
        torch.manual_seed(0)
        next_step(self.probe, self.daemon)
        known, messages = list(self.probe.routers), len(self.daemon.messages)
        model, truths = Model(block), []
        for number in range(3):
            model.train(number < 2)                            # an evaluation may draw nothing
            model(torch.randint(1, 40, (2, 12)))
            truths.append(block.truth)
        (router,) = [router for router in self.probe.routers if router not in known]
        self.assertEqual(("mlp." + name, libraries.N), (router.name, router.experts))
        self.daemon.wait_for(lambda d: sum(kind == "batch" for kind, _, _ in d.messages[messages:]) >= 3)
        batches = [(head, columns) for kind, head, columns in self.daemon.messages[messages:] if kind == "batch"]
        self.assertEqual(3, len(batches))
        for (head, columns), (logits, chosen, weights) in zip(batches, truths):
            self.assertTrue(torch.allclose(torch.tensor(daemon.numbers(columns["router_logits"])), logits.detach().reshape(-1, libraries.N).float(), atol=1e-6))
            said = list(zip(daemon.numbers(columns["selected_experts"]), daemon.numbers(columns["routing_weights"])))
            for (experts, applied), own, expected in zip(said, chosen.reshape(-1, router.k).tolist(), weights.detach().reshape(-1, router.k).tolist()):
                self.assertEqual(sorted(e for e in own if e >= 0), sorted(e for e in experts if e >= 0))
                for e, weight in zip(experts, applied):
                    self.assertAlmostEqual(expected[own.index(e)] if e >= 0 else 0, weight, places=4)
        self.assertEqual(is_seen, "selection_scores" in batches[-1][1])
        self.assertTrue(any(what == "call" for _, _, what in router.sources))
        return router, batches

    def test_Choices_OfLibraries_AreSeen(self):
        for generation, name, block, attribute in (*libraries.of_transformers(libraries.seen_topk), *libraries.of_other_libraries(libraries.seen_topk)):
            with self.subTest(f"{generation} {name}"):
                self.check(block, attribute)

    def test_Choices_ThatNobodySees_AreReadInTheOutput(self):
        entries = set()
        for generation, name, block, attribute in (*libraries.of_transformers(libraries.scripted_topk), *libraries.of_other_libraries(libraries.scripted_topk)):
            with self.subTest(f"{generation} {name}"):
                router, batches = self.check(block, attribute, is_seen=False)
                self.assertIn("does not see into", router.no_changes)
                self.assertEqual([], batches[-1][0]["derived"])
                entries.add(name)
        self.assertEqual(set(ROUTERS), entries)                    # an entry without a module here is not listed

    def test_RoutersOfLogitsAlone_AreFoundByWhatIsDoneWithThem(self):
        for library, name, block, attribute in libraries.of_logits():
            with self.subTest(f"{library} {name}"):
                self.check(block, attribute)


if __name__ == "__main__":
    unittest.main()
