"""Which modules the probe takes for routers, and which it does not: by rule, on modules as libraries and users write them."""
import functools
import unittest

import daemon
import torch
import torch.nn as nn
import torch.nn.functional as F
from moe_devtools.calls import Choice
from moe_devtools.probe import Probe

TOKENS, HIDDEN, N, K = 24, 16, 6, 2


class Expert(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(HIDDEN, 8), nn.Linear(8, HIDDEN)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


class Root(nn.Module):
    """Two layers around a block; nothing else has N of anything."""

    def __init__(self, block):
        super().__init__()
        self.embed, self.mlp, self.head = nn.Embedding(40, HIDDEN), block, nn.Linear(HIDDEN, 40)

    def forward(self, ids):
        out = self.mlp(self.embed(ids))
        return self.head(out[0] if isinstance(out, tuple) else out)


class BlockOfLinear(nn.Module):
    """mixtral, qwen2_moe and their like in transformers 4: the gate is a Linear, the rest are local variables."""

    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(HIDDEN, N, bias=False), nn.ModuleList(Expert() for _ in range(N))

    def forward(self, hidden_states):
        shape = hidden_states.shape
        hidden_states = hidden_states.view(-1, HIDDEN)
        router_logits = self.gate(hidden_states)
        routing_weights = F.softmax(router_logits, dim=1, dtype=torch.float)
        routing_weights, selected_experts = torch.topk(routing_weights, K, dim=-1)
        routing_weights /= routing_weights.sum(dim=-1, keepdim=True)
        final = torch.zeros_like(hidden_states)
        expert_mask = F.one_hot(selected_experts, num_classes=N).permute(2, 1, 0)
        for index, expert in enumerate(self.experts):
            slot, token = torch.where(expert_mask[index])
            final.index_add_(0, token, expert(hidden_states[token]) * routing_weights[token, slot, None])
        return final.view(shape), router_logits


class StackedExperts(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate_up_proj = nn.Parameter(torch.randn(N, HIDDEN, 8) * 0.1)
        self.down_proj = nn.Parameter(torch.randn(N, 8, HIDDEN) * 0.1)

    def forward(self, hidden, ids, weights):
        out = torch.einsum("th,ehf,efd->ted", hidden, self.gate_up_proj, self.down_proj)
        return (out.gather(1, ids.unsqueeze(-1).expand(-1, -1, HIDDEN)) * weights.unsqueeze(-1)).sum(1)


class TopKRouter(nn.Module):
    """mixtral, olmoe and their like in transformers 5: (logits, weights, ids)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(N, HIDDEN))

    def forward(self, hidden):
        router_logits = F.linear(hidden, self.weight)
        top, ids = torch.topk(F.softmax(router_logits.float(), dim=-1), K, dim=-1)
        return router_logits, top / top.sum(-1, keepdim=True), ids


class ScatteringRouter(nn.Module):
    """gpt_oss in transformers 4: (dense scores, ids), softmax over the chosen logits."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(N, HIDDEN)), nn.Parameter(torch.zeros(N))

    def forward(self, hidden):
        top, ids = torch.topk(F.linear(hidden, self.weight, self.bias), K, dim=-1)
        top = F.softmax(top, dim=1)
        scores = torch.zeros(len(hidden), N).scatter(1, ids, top)
        return scores, scores.gather(1, ids), ids


class BlockOfRouter(nn.Module):
    def __init__(self, router):
        super().__init__()
        self.router, self.experts = router, StackedExperts()

    def forward(self, x):
        flat = x.reshape(-1, HIDDEN)
        _, weights, ids = self.router(flat)
        return self.experts(flat, ids, weights).view(x.shape)


class TwoArgmaxes(nn.Module):
    """DeepSpeed's and fairseq's top-2: the second choice is an argmax with the first one masked; dispatch and combine by einsum, with capacity."""

    def __init__(self):
        super().__init__()
        self.wg, self.experts = nn.Linear(HIDDEN, N, bias=False), StackedExperts()

    def forward(self, x):
        flat = x.reshape(-1, HIDDEN)
        logits = self.wg(flat)
        gates = F.softmax(logits, dim=1)
        mask1 = F.one_hot(torch.argmax(gates, dim=1), N)
        mask2 = F.one_hot(torch.argmax(logits.masked_fill(mask1.bool(), float("-inf")), dim=1), N)
        capacity = len(flat) * K // N
        place1 = torch.cumsum(mask1, 0) - 1
        place2 = torch.cumsum(mask2, 0) - 1 + mask1.sum(0, keepdim=True)
        mask1, mask2 = mask1 * (place1 < capacity), mask2 * (place2 < capacity)
        gates1, gates2 = (gates * mask1).sum(1), (gates * mask2).sum(1)
        total = (gates1 + gates2).clamp(min=1e-9)
        combine = sum((gate / total)[:, None, None] * mask[:, :, None] * F.one_hot((place * mask).sum(1), capacity)[:, None, :]
                      for gate, mask, place in ((gates1, mask1, place1), (gates2, mask2, place2)))
        self.kept = int(mask1.sum() + mask2.sum())
        sent = torch.einsum("sec,sm->ecm", combine.bool().float(), flat)
        out = torch.relu(sent @ self.experts.gate_up_proj) @ self.experts.down_proj
        return torch.einsum("sec,ecm->sm", combine, out).view(x.shape)


class SequenceFirst(nn.Module):
    """As Megatron-Core's: rows are [sequence, batch]; dense probabilities and a boolean map."""

    def __init__(self):
        super().__init__()
        self.router, self.local_experts = nn.Module(), nn.ModuleList(Expert() for _ in range(N))
        self.router.weight = nn.Parameter(torch.randn(N, HIDDEN))

    def forward(self, x):
        x = x.transpose(0, 1)
        logits = F.linear(x, self.router.weight).view(-1, N)
        scores, top = torch.topk(logits, k=K, dim=1)
        probs = torch.zeros_like(logits).scatter(1, top, torch.softmax(scores, dim=-1))
        flat = x.reshape(-1, HIDDEN)
        out = sum(expert(flat) * probs[:, e:e + 1] for e, expert in enumerate(self.local_experts))
        return out.view(x.shape).transpose(0, 1)


class Classifier(nn.Module):
    """The classic trap: accuracy by topk within the model's forward, with as many layers as there are classes chosen from."""

    def __init__(self):
        super().__init__()
        self.layers, self.head = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in range(N)), nn.Linear(HIDDEN, N)

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        logits = self.head(x)
        self.hits = logits.topk(K, dim=-1).indices
        return x


class SparseAttention(nn.Module):
    """Keeps the K highest scores a query; the sequence is as long as there are heads."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.experts_like = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in range(12))

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(1, 2)
        least = scores.topk(K, dim=-1).values[..., -1:]
        out = scores.masked_fill(scores < least, float("-inf")).softmax(-1) @ x
        for layer in self.experts_like:
            out = layer(out)
        return out


class Codebook(nn.Module):
    """Vector quantisation: the nearest of many codes."""

    def __init__(self):
        super().__init__()
        self.codes, self.project = nn.Parameter(torch.randn(N, HIDDEN)), nn.Linear(HIDDEN, HIDDEN)

    def forward(self, x):
        nearest = (x @ self.codes.t()).topk(1, dim=-1).indices.squeeze(-1)
        return self.project(self.codes[nearest])


class ExpertChoice(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(HIDDEN, N), nn.ModuleList(Expert() for _ in range(N))

    def forward(self, x):
        flat = x.reshape(-1, HIDDEN)
        weights, tokens = self.gate(flat).softmax(-1).t().topk(4, dim=-1)
        out = torch.zeros_like(flat)
        for e, expert in enumerate(self.experts):
            out = out.index_add(0, tokens[e], expert(flat[tokens[e]]) * weights[e, :, None])
        return out.view(x.shape)


class OfTokens(nn.Module):
    """Every token id has scores of its own: a table in place of a projection."""

    def __init__(self):
        super().__init__()
        self.scores, self.experts = nn.Embedding(40, N), nn.ModuleList(Expert() for _ in range(N))

    def forward(self, x, ids):
        weights, chosen = torch.topk(input=self.scores(ids).softmax(-1), k=K)
        return sum(self.experts[e](x) * (weights * (chosen == e)).sum(-1, keepdim=True) for e in range(N))


class RootOfTokens(Root):
    def forward(self, ids):
        return self.head(self.mlp(self.embed(ids), ids))


class Drawn(nn.Module):
    """A policy: the expert is drawn, and the experts are three modules away."""

    def __init__(self):
        super().__init__()
        self.policy = nn.utils.weight_norm(nn.Linear(HIDDEN, N))
        self.body = nn.ModuleDict({"inner": nn.ModuleDict({"branches": nn.ModuleList(Expert() for _ in range(N))})})

    def forward(self, x):
        drawn = torch.distributions.Categorical(logits=self.policy(x)).sample()
        out = torch.zeros_like(x)
        for e, expert in enumerate(self.body["inner"]["branches"]):
            out[drawn == e] = expert(x[drawn == e])
        return out


class TwoMaxima(nn.Module):
    """Top-2 as it was written before there was topk; weights stay in variables."""

    def __init__(self):
        super().__init__()
        self.proj, self.experts = nn.Sequential(nn.Linear(HIDDEN, 8), nn.ReLU(), nn.Linear(8, N)), nn.ModuleList(Expert() for _ in range(N))

    def forward(self, x):
        flat = x.flatten(0, 1)
        p = torch.softmax(self.proj(flat), 1)
        first, one = p.max(1)
        second, two = torch.max(p.scatter(1, one[:, None], -1.0), dim=1)
        total = first + second
        out = torch.zeros_like(flat)
        for e in range(N):
            out = out + self.experts[e](flat) * ((one == e) * first / total + (two == e) * second / total)[:, None]
        return out.view(x.shape)


@functools.lru_cache(maxsize=None)
def watched():
    """A process has one probe: (the daemon that listens, the probe)."""
    listening = daemon.Daemon()
    return listening, Probe(address=listening.address)


def next_step(probe, d):
    said = len(d.of("step")) + bool(probe._trained and (probe._client or probe._first))
    probe.set_step(probe._step + 1)
    d.wait_for(lambda d: len(d.of("step")) >= said)


class FindingTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon, cls.probe = watched()

    def next_step(self):
        """What was found before is of another step, and everything that was decided in it has come."""
        next_step(self.probe, self.daemon)

    def find(self, block, passes=1):
        torch.manual_seed(0)
        self.next_step()
        known, messages = list(self.probe.routers), len(self.daemon.messages)
        model = Root(block)
        for _ in range(passes):
            model(torch.arange(TOKENS).view(2, 12))
        routers = [router for router in self.probe.routers if router not in known]
        if routers:
            self.daemon.wait_for(lambda d: sum(kind == "batch" for kind, _, _ in d.messages[messages:]) >= passes * len(routers))
        self.batches = [(head, columns) for kind, head, columns in self.daemon.messages[messages:] if kind == "batch"]
        return routers

    def one(self, block, name, passes=2):
        (router,) = self.find(block, passes)
        self.assertEqual((name, N), (router.name, router.experts))
        return router

    def column(self, name, batch=-1):
        return daemon.numbers(self.batches[batch][1][name])

    def assert_softmax_top2(self):
        """The weights on the wire are those of the logits on the wire, in the first pass and in the one after."""
        for batch in (0, -1):
            logits, chosen, weights = torch.tensor(self.column("router_logits", batch)), torch.tensor(self.column("selected_experts", batch)), torch.tensor(self.column("routing_weights", batch))
            expected = logits.softmax(-1).topk(K)
            self.assertTrue(torch.equal(expected.indices, chosen.long()))
            self.assertTrue(torch.allclose(expected.values / expected.values.sum(-1, keepdim=True), weights, atol=1e-6))

    def test_LinearGate_IsFoundWithItsLocals(self):
        router = self.one(BlockOfLinear(), "mlp.gate")
        self.assertEqual({"scores": "softmax", "ranks": "scores", "weights": "scores", "normalise": True}, router.rule)
        self.assertIn("routing_weights", router.observed)
        self.assertIsNone(router.no_changes)
        self.assert_softmax_top2()

    def test_RouterModule_IsFoundWithItsOutputs(self):
        router = self.one(BlockOfRouter(TopKRouter()), "mlp.router")
        self.assertIn("routing_weights", router.observed)
        self.assert_softmax_top2()
        lines = {what for _, _, what in router.sources}
        self.assertEqual({"call", "forward"}, lines)

    def test_SoftmaxOfChosen_IsLearnt(self):
        router = self.one(BlockOfRouter(ScatteringRouter()), "mlp.router")
        self.assertEqual({"ranks": "logits", "scores": "softmax", "weights": "softmax_of_chosen"}, router.rule)
        self.assert_softmax_top2()

    def test_TwoArgmaxes_AreTwoSlots_AndDropsAreSeen(self):
        block = TwoArgmaxes()
        router = self.one(block, "mlp.wg")
        self.assertEqual(K, router.k)
        self.assertTrue(router.capacity)
        selected = self.column("selected_experts")
        self.assertEqual(block.kept, sum(expert >= 0 for row in selected for expert in row))
        self.assertLess(block.kept, TOKENS * K)

    def test_SequenceFirst_HasWeights_AndNoRowsThatItCannotKnow(self):
        router = self.one(SequenceFirst(), "mlp.router")
        self.assertIn("routing_weights", router.observed)
        self.assertEqual([{}], [columns for head, columns in self.daemon.of("rows") if (head["step"], head["pass"]) == (self.batches[-1][0]["step"], self.batches[-1][0]["pass"])])

    def test_TableOfTokens_IsFound(self):
        torch.manual_seed(0)
        self.next_step()
        known = list(self.probe.routers)
        model = RootOfTokens(OfTokens())
        model(torch.arange(TOKENS).view(2, 12))
        self.assertEqual([("mlp.scores", {"scores": "softmax", "ranks": "scores", "weights": "scores", "normalise": False})], [(router.name, router.rule) for router in self.probe.routers if router not in known])

    def test_DrawnExpert_IsFound(self):
        router = self.one(Drawn(), "mlp.policy")
        self.assertEqual(1, router.k)
        self.assertIsNone(router.no_changes)

    def test_TwoMaxima_AreTwoSlots(self):
        router = self.one(TwoMaxima(), "mlp.proj")
        self.assertEqual(K, router.k)
        logits = torch.tensor(self.column("router_logits"))
        self.assertEqual([sorted(row) for row in logits.topk(K).indices.tolist()], [sorted(row) for row in self.column("selected_experts")])

    def test_ChangedSort_HasTheRestAfterTheChosen(self):
        scores = torch.tensor([[0.1, 0.4, 0.2, 0.3]])
        for function, k in (("sort", 4), ("topk", 3)):
            result = scores.sort(dim=1, descending=True) if function == "sort" else scores.topk(k)
            values, indices = Choice(function, scores, k, result.values, result.indices, result).replaced(torch.tensor([[0, 1]]))
            self.assertEqual([0, 1, 3, 2][:k], indices[0].tolist())
            self.assertTrue(torch.equal(scores.gather(1, indices), values))

    def test_ModelsOfOneClass_HaveRoutersOfTheirOwn(self):
        self.next_step()
        known, models = list(self.probe.routers), [Root(BlockOfLinear()) for _ in range(3)]
        described = len(self.daemon.of("routers"))
        losses = [model(torch.arange(TOKENS).view(2, 12)).sum() for model in models]
        sum(losses).backward()
        self.daemon.wait_for(lambda d: len(d.of("routers")) > described)
        names = [router.name for router in self.probe.routers if router not in known]
        self.assertEqual(3, len(set(names)))
        self.assertTrue(all(name.endswith("mlp.gate") for name in names))
        self.assertEqual(described + 1, len(self.daemon.of("routers")))      # together
        self.assertLessEqual(set(names), {router["name"] for router in self.daemon.of("routers")[-1][0]["routers"]})

    def test_Metric_IsNoRouter(self):
        self.assertEqual([], self.find(Classifier()))

    def test_SparseAttention_IsNoRouter(self):
        self.assertEqual([], self.find(SparseAttention()))

    def test_Codebook_IsNoRouter(self):
        self.assertEqual([], self.find(Codebook()))
        self.assertTrue(any("no 6 experts" in reason for _, reason in self.probe._skipped))

    def test_ExpertChoice_IsSkipped_WithItsReason(self):
        self.assertEqual([], self.find(ExpertChoice()))
        self.assertTrue(any("tokens for experts" in reason for _, reason in self.probe._skipped), self.probe._skipped)

    def test_CopyOfModel_HasNoProbe(self):
        import copy
        import io
        import pickle
        model = Root(BlockOfLinear())
        model(torch.arange(TOKENS).view(2, 12))
        count = len(self.daemon.messages)
        other = copy.deepcopy(model)
        other.requires_grad_(False)
        stream = io.BytesIO()
        torch.save(model, stream)
        self.assertNotIn(b"moe_devtools.window", stream.getvalue())
        again = pickle.loads(pickle.dumps(model))
        hooks = [hook for module in again.modules() for hook in module._forward_pre_hooks.values()]
        self.assertTrue(hooks)
        self.assertEqual([None] * len(hooks), [hook(again, ()) for hook in hooks])
        self.assertGreaterEqual(len(self.daemon.messages), count)


if __name__ == "__main__":
    unittest.main()
