"""Routers as libraries have them, by their class names: signature, output and rule of selection follow what these libraries say and do in public. `select` is torch.topk, or one that no Python sees.

Each block keeps what is true of its last call in `truth`: (logits, experts chosen [tokens, k] with -1 where dropped, weights [tokens, k] with 0 where dropped)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

HIDDEN, N, K = 16, 6, 2


@torch.jit.script
def scripted_topk(scores: torch.Tensor, k: int):
    """A fused kernel's stand-in: nothing in Python is called."""
    return torch.topk(scores, k, dim=-1)


def seen_topk(scores, k):
    return torch.topk(scores, k, dim=-1)


class Expert(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(HIDDEN, 8), nn.Linear(8, HIDDEN)

    def forward(self, x):
        return self.down(F.relu(self.up(x)))


class Experts(nn.Module):
    """Stacked weights, called as transformers 5 calls them: (hidden, ids, weights)."""

    def __init__(self):
        super().__init__()
        self.num_experts = N
        self.gate_up_proj, self.down_proj = nn.Parameter(torch.randn(N, HIDDEN, 8) * 0.1), nn.Parameter(torch.randn(N, 8, HIDDEN) * 0.1)

    def forward(self, hidden_states, top_k_index, top_k_weights):
        every = torch.relu(hidden_states @ self.gate_up_proj) @ self.down_proj                    # [N, T, H]
        return (every.transpose(0, 1).gather(1, top_k_index.unsqueeze(-1).expand(-1, -1, HIDDEN)) * top_k_weights.unsqueeze(-1)).sum(1)


class _Router(nn.Module):
    """`rule` gives (weights, ids) of logits."""

    def __init__(self, select):
        super().__init__()
        self.select = select
        self.weight = nn.Parameter(torch.randn(N, HIDDEN))
        self.register_buffer("e_score_correction_bias", torch.randn(N) * 0.01)

    def forward(self, hidden_states):
        logits = F.linear(hidden_states.reshape(-1, HIDDEN).float(), self.weight.float())
        weights, ids = self.rule(logits)
        self.truth = logits, ids, weights
        return self.said(logits, weights, ids)

    def said(self, logits, weights, ids):
        return logits, weights, ids


class _Softmax(_Router):
    def rule(self, logits):
        top, ids = self.select(F.softmax(logits, dim=-1), K)
        return top / top.sum(-1, keepdim=True), ids


class _SoftmaxAsIs(_Router):
    def rule(self, logits):
        return self.select(F.softmax(logits, dim=-1), K)


class _OfChosen(_Router):
    def rule(self, logits):
        top, ids = self.select(logits, K)
        return F.softmax(top, dim=-1), ids


class _Sigmoid(_Router):
    """Ranked with a bias, groups of three of which the better one is kept, weights without the bias, normalised and scaled."""

    def rule(self, logits):
        scores = logits.sigmoid()
        ranked = scores + self.e_score_correction_bias
        groups = ranked.view(-1, 2, N // 2)
        best = torch.topk(groups, 2, dim=-1)[0].sum(-1).topk(1, dim=-1)[1]
        kept = torch.zeros(len(ranked), 2).scatter(1, best, 1).unsqueeze(-1).expand(-1, 2, N // 2).reshape(-1, N)
        ids = self.select(ranked.masked_fill(kept == 0, 0.0), K)[1]
        weights = scores.gather(1, ids)
        return weights / (weights.sum(-1, keepdim=True) + 1e-20) * 2.5, ids


class _SigmoidUngrouped(_Router):
    def rule(self, logits):
        scores = logits.sigmoid()
        ids = self.select(scores + self.e_score_correction_bias, K)[1]
        weights = scores.gather(1, ids)
        return weights / weights.sum(-1, keepdim=True), ids


class _IdsAndWeights:
    """The order of transformers 4."""

    def said(self, logits, weights, ids):
        return ids, weights


class _DenseAndIds:
    def said(self, logits, weights, ids):
        return torch.zeros_like(logits).scatter(1, ids, weights), ids


class Block(nn.Module):
    """hidden [batch, length, H] through a router and stacked experts."""

    def __init__(self, router, name="gate"):
        super().__init__()
        setattr(self, name, router)
        self.name, self.experts = name, Experts()

    def forward(self, hidden_states):
        flat = hidden_states.reshape(-1, HIDDEN)
        self.gate_of()(flat)
        logits, ids, weights = self.truth = self.gate_of().truth
        return self.experts(flat, ids.clamp(min=0), weights).view(hidden_states.shape)

    def gate_of(self):
        return getattr(self, self.name)


def made(name, *bases):
    return type(name, bases, {})


def of_transformers(select):
    """(generation, class name, block, name of its router)"""
    for name, base, attribute in (("MixtralTopKRouter", _Softmax, "gate"), ("OlmoeTopKRouter", _SoftmaxAsIs, "gate"), ("FlexOlmoTopKRouter", _SoftmaxAsIs, "gate"), ("Qwen2MoeTopKRouter", _SoftmaxAsIs, "gate"),
                                  ("Qwen3MoeTopKRouter", _Softmax, "gate"), ("GraniteMoeTopKRouter", _OfChosen, "router"), ("GraniteMoeSharedTopKRouter", _OfChosen, "router"), ("PhimoeTopKRouter", _SoftmaxAsIs, "router"),
                                  ("MiniMaxM2TopKRouter", _SigmoidUngrouped, "gate"), ("Ernie4_5_MoeTopKRouter", _SoftmaxAsIs, "gate"), ("HunYuanMoEV1Gate", _Softmax, "gate"), ("DeepseekV2TopkRouter", _SoftmaxAsIs, "gate"),
                                  ("DeepseekV3TopkRouter", _Sigmoid, "gate"), ("Dots1TopkRouter", _Sigmoid, "gate"), ("Glm4MoeTopkRouter", _Sigmoid, "gate"), ("GptOssTopKRouter", _OfChosen, "router")):
        yield 5, name, Block(made(name, base)(select), attribute), attribute
    for name, base, attribute in (("DeepseekV2MoEGate", _SoftmaxAsIs, "gate"), ("DeepseekV3TopkRouter", _Sigmoid, "gate"), ("Dots1TopkRouter", _Sigmoid, "gate"), ("Glm4MoeTopkRouter", _Sigmoid, "gate")):
        yield 4, name, Block(made(name, _IdsAndWeights, base)(select), attribute), attribute
    yield 4, "GptOssTopKRouter", Block(made("GptOssTopKRouter", _DenseAndIds, _OfChosen)(select), "router"), "router"
    yield 4, "DbrxRouter", Block(DbrxRouter(select), "router"), "router"
    for generation in (4, 5):
        yield generation, "Llama4Router", Block(Llama4Router(select), "router"), "router"
        yield generation, "SwitchTransformersTop1Router", SwitchTransformersSparseMLP(select), "router"


class DbrxRouter(nn.Module):
    """transformers 4: (all weights, top weights, ids); the scoring Linear is called layer."""

    def __init__(self, select):
        super().__init__()
        self.select, self.layer = select, nn.Linear(HIDDEN, N, bias=False)

    def forward(self, hidden_states):
        logits = self.layer(hidden_states.view(-1, HIDDEN))
        weights = logits.softmax(dim=-1, dtype=torch.float32)
        top, ids = self.select(weights, K)
        top = top / torch.norm(top, p=1, dim=-1, keepdim=True)
        self.truth = logits, ids, top
        return weights, top, ids


class Llama4Router(nn.Linear):
    """Top-1, scores by sigmoid of what was kept: (dense scores, logits)."""

    def __init__(self, select):
        super().__init__(HIDDEN, N, bias=False)
        self.select = select

    def forward(self, hidden_states):
        logits = super().forward(hidden_states)
        top, ids = self.select(logits, 1)
        scores = torch.full_like(logits, float("-inf")).scatter(1, ids, top)
        scores = torch.sigmoid(scores.float())
        self.truth = logits, ids, scores.gather(1, ids)
        return scores, logits


class SwitchTransformersTop1Router(nn.Module):
    """(mask [B, T, N], probability [B, T, 1], logits); beyond the capacity an expert takes no more."""

    def __init__(self, select, capacity=3):
        super().__init__()
        self.select, self.capacity = select, capacity
        self.classifier = nn.Linear(HIDDEN, N, bias=False)

    def forward(self, hidden_states):
        logits = self.classifier(hidden_states)
        probs = F.softmax(logits, dim=-1)
        index = probs.argmax(-1) if self.select is seen_topk else self.select(probs, 1)[1].squeeze(-1)
        mask = F.one_hot(index, N)
        mask = mask * (torch.cumsum(mask, dim=-2) <= self.capacity)
        top = probs.amax(dim=-1, keepdim=True)
        kept = mask.sum(-1).reshape(-1, 1)
        self.truth = logits.reshape(-1, N), index.reshape(-1, 1).where(kept > 0, torch.tensor(-1)), top.reshape(-1, 1) * kept
        return mask, top, logits


class SwitchTransformersSparseMLP(nn.Module):
    def __init__(self, select):
        super().__init__()
        self.router = SwitchTransformersTop1Router(select)
        self.experts = nn.ModuleDict({f"expert_{e}": Expert() for e in range(N)})

    def forward(self, hidden_states):
        mask, probability, logits = self.router(hidden_states)
        self.truth = self.router.truth
        out = torch.zeros_like(hidden_states)
        for e, expert in enumerate(self.experts.values()):
            where = mask[..., e].bool()
            out[where] = expert(hidden_states[where])
        return out * probability, (logits, mask.argmax(-1))


# Megatron-Core


class TopKRouter(nn.Module):
    """(probs [tokens, experts], zero beside the chosen; routing_map, boolean). Scores in float32."""

    def __init__(self, select, pre_softmax):
        super().__init__()
        self.select, self.pre_softmax = select, pre_softmax
        self.weight = nn.Parameter(torch.randn(N, HIDDEN))

    def gating(self, input):
        return F.linear(input, self.weight)

    def routing(self, logits):
        logits = logits.view(-1, N)
        if self.pre_softmax:
            probs, top_indices = self.select(torch.softmax(logits, dim=-1, dtype=torch.float32), K)
        else:
            scores, top_indices = self.select(logits, K)
            probs = torch.softmax(scores, dim=-1, dtype=torch.float32)
        self.truth = logits, top_indices, probs
        return torch.zeros_like(logits).scatter(1, top_indices, probs), torch.zeros_like(logits).int().scatter(1, top_indices, 1).bool()

    def forward(self, input):
        return self.routing(self.gating(input))


class MoELayer(nn.Module):
    """Sequence first, as Megatron is: hidden [length, batch, H]."""

    def __init__(self, select, pre_softmax):
        super().__init__()
        self.router, self.experts = TopKRouter(select, pre_softmax), nn.Module()
        self.experts.local_experts = nn.ModuleList(Expert() for _ in range(N))

    def forward(self, hidden_states):
        hidden_states = hidden_states.transpose(0, 1)
        probs, routing_map = self.router(hidden_states)
        self.truth = self.router.truth
        flat = hidden_states.reshape(-1, HIDDEN)
        out = torch.zeros_like(flat)
        for e, expert in enumerate(self.experts.local_experts):
            rows = routing_map[:, e].nonzero().squeeze(-1)
            out = out.index_add(0, rows, expert(flat[rows]) * probs[rows, e, None])
        return out.view(hidden_states.shape).transpose(0, 1)


# torchtitan


class TokenChoiceTopKRouter(nn.Module):
    """(top scores, ids, tokens of each expert), or the scores of all in place of the last; a bias for the ranking alone."""

    def __init__(self, select, gives_scores):
        super().__init__()
        self.select, self.gives_scores = select, gives_scores
        self.gate = nn.Linear(HIDDEN, N, bias=False)

    def forward(self, x, expert_bias=None):
        logits = self.gate(x)
        scores = torch.sigmoid(logits.to(torch.float32))
        ids = self.select(scores if expert_bias is None else scores + expert_bias, K)[1]
        top = scores.gather(dim=1, index=ids)
        top = top / (top.sum(dim=-1, keepdim=True) + 1e-20)
        self.truth = logits, ids, top
        return top, ids, scores if self.gives_scores else torch.histc(ids.float().view(-1), bins=N, min=0, max=N)


class MoE(nn.Module):
    def __init__(self, select, gives_scores):
        super().__init__()
        self.router, self.experts = TokenChoiceTopKRouter(select, gives_scores), Experts()
        self.register_buffer("expert_bias", torch.randn(N) * 0.01)

    def forward(self, x):
        flat = x.reshape(-1, HIDDEN)
        top, ids, _ = self.router(flat, self.expert_bias)
        self.truth = self.router.truth
        return self.experts(flat, ids, top).view(x.shape)


# DeepSpeed, fairseq, fairscale: (loss, combine [tokens, experts, capacity], dispatch, ...)


class _GShardGate(nn.Module):
    def __init__(self, select, k):
        super().__init__()
        self.select, self.k = select, k
        self.wg = nn.Linear(HIDDEN, N, bias=False)

    def gate(self, logits):
        gates = F.softmax(logits, dim=1)
        tokens = len(gates)
        capacity = max(1, tokens * self.k // N - 1)
        first = torch.argmax(gates, dim=1) if self.select is seen_topk else self.select(gates, 1)[1].squeeze(1)
        masks = [F.one_hot(first, num_classes=N)]
        if self.k == 2:
            except_first = logits.masked_fill(masks[0].bool(), float("-inf"))
            masks.append(F.one_hot(torch.argmax(except_first, dim=1) if self.select is seen_topk else self.select(except_first, 1)[1].squeeze(1), num_classes=N))
        ids = torch.stack([mask.argmax(1) for mask in masks], 1)
        taken, kept, places = torch.zeros(1, N, dtype=torch.long), [], []
        for mask in masks:
            place = torch.cumsum(mask, dim=0) - 1 + taken
            taken = taken + mask.sum(0, keepdim=True)
            kept.append(mask * (place < capacity))
            places.append((place * kept[-1]).sum(1))
        each = [(gates * mask).sum(1) for mask in kept]
        total = torch.clamp(sum(each), min=torch.finfo(gates.dtype).eps) if self.k == 2 else torch.ones(tokens)
        combine = sum((one / total)[:, None, None] * mask[:, :, None] * F.one_hot(place, capacity)[:, None, :] for one, mask, place in zip(each, kept, places))
        dropped = torch.stack([mask.sum(1) == 0 for mask in kept], 1)
        self.truth = logits, ids.masked_fill(dropped, -1), torch.stack([one / total for one in each], 1).masked_fill(dropped, 0)
        return (gates.mean(0) * masks[0].float().mean(0)).sum() * N, combine, combine.bool()

    def forward(self, input):
        return self.gate(self.wg(input.float()))


class TopKGate(_GShardGate):
    """DeepSpeed's has the counts of the experts too."""

    def forward(self, input, used_token=None):
        loss, combine, dispatch = super().forward(input)
        return loss, combine, dispatch, dispatch.any(-1).sum(0)


class Top1Gate(_GShardGate):
    def forward(self, input, mask=None):
        return (*super().forward(input), {})


class Top2Gate(_GShardGate):
    pass


class MOELayer(nn.Module):
    """einsum in, experts, einsum out."""

    def __init__(self, gate):
        super().__init__()
        self.gate = gate
        self.experts = nn.ModuleList(Expert() for _ in range(N))

    def forward(self, input):
        flat = input.reshape(-1, HIDDEN)
        said = self.gate(flat)
        self.truth = self.gate.truth
        sent = torch.einsum("sec,sm->ecm", said[2].type_as(flat), flat)
        out = torch.stack([expert(chunk) for expert, chunk in zip(self.experts, sent)])
        return torch.einsum("sec,ecm->sm", said[1].type_as(flat), out).reshape(input.shape)


def of_other_libraries(select):
    """(library, class name, block, name of its router)"""
    for pre_softmax in (False, True):
        yield "Megatron-Core", "TopKRouter", MoELayer(select, pre_softmax), "router"
    for gives_scores in (False, True):
        yield "torchtitan", "TokenChoiceTopKRouter", MoE(select, gives_scores), "router"
    for k in (1, 2):
        yield "DeepSpeed", "TopKGate", MOELayer(TopKGate(select, k)), "gate"
    yield "fairseq", "Top1Gate", MOELayer(Top1Gate(select, 1)), "gate"
    yield "fairseq", "Top2Gate", MOELayer(Top2Gate(select, 2)), "gate"


# Those whose routers are a Linear or give nothing but logits: found by what is done with them


class _OfLinear(nn.Module):
    """transformers 4: selection and weights are variables of the block."""

    def __init__(self, norm):
        super().__init__()
        self.norm, self.num_experts = norm, N
        self.gate, self.experts = nn.Linear(HIDDEN, N, bias=False), nn.ModuleList(Expert() for _ in range(N))

    def forward(self, hidden_states):
        shape, hidden_states = hidden_states.shape, hidden_states.view(-1, HIDDEN)
        router_logits = self.gate(hidden_states)
        routing_weights = F.softmax(router_logits, dim=1, dtype=torch.float)
        routing_weights, selected_experts = torch.topk(routing_weights, K, dim=-1)
        if self.norm:
            routing_weights = routing_weights / routing_weights.sum(dim=-1, keepdim=True)
        self.truth = router_logits, selected_experts, routing_weights
        final = torch.zeros_like(hidden_states)
        for e in F.one_hot(selected_experts, num_classes=N).sum((0, 1)).nonzero():
            token, slot = torch.where(selected_experts == e)
            final.index_add_(0, token, self.experts[e](hidden_states[token]) * routing_weights[token, slot, None])
        return final.view(shape), router_logits


class PhimoeSparseMoeBlock(_OfLinear):
    """sparsemixer: in training each of the two is drawn by Gumbel noise among those near the highest; weights of the drawn, not normalised together."""

    def forward(self, hidden_states):
        shape, hidden_states = hidden_states.shape, hidden_states.view(-1, HIDDEN)
        router_logits = self.gate(hidden_states)
        scores, picked, weights = router_logits, [], []
        for _ in range(2):
            with torch.no_grad():
                threshold, max_ind = scores.max(dim=-1, keepdim=True)
                factor = router_logits.abs().clamp(min=threshold)
                mask = ((threshold - router_logits) / factor) > 0.2
            masked = scores.masked_fill(mask, float("-inf"))
            if self.training:
                chosen = (masked - torch.empty_like(masked).exponential_().log()).max(dim=-1)[1].unsqueeze(-1)
            else:
                chosen = max_ind
            picked.append(chosen)
            weights.append(torch.softmax(masked, dim=-1).gather(dim=-1, index=chosen))
            scores = torch.scatter(router_logits, -1, chosen, float("-inf"))
        routing_weights, selected_experts = torch.cat(weights, -1), torch.cat(picked, -1)
        self.truth = router_logits, selected_experts, routing_weights
        final = torch.zeros_like(hidden_states)
        for e, expert in enumerate(self.experts):
            token, slot = torch.where(selected_experts == e)
            final.index_add_(0, token, expert(hidden_states[token]) * routing_weights[token, slot, None])
        return final.view(shape), router_logits


class GraniteMoeTopKGating(nn.Module):
    """transformers 4: indices and weights sorted by expert, counts, logits."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(HIDDEN, N, bias=False)

    def forward(self, hidden_states):
        logits = self.layer(hidden_states).float()
        top_k_logits, top_k_indices = logits.topk(K, dim=1)
        top_k_gates = torch.softmax(top_k_logits, dim=1).type_as(hidden_states)
        self.truth = logits, top_k_indices, top_k_gates
        gates = torch.zeros([len(top_k_gates), N]).scatter(1, top_k_indices, 1)
        order = top_k_indices.flatten().sort(0)[1]
        return order, order.div(K, rounding_mode="trunc"), top_k_gates.flatten()[order], gates.long().sum(0).tolist(), logits


class GraniteMoeMoE(nn.Module):
    def __init__(self):
        super().__init__()
        self.router = GraniteMoeTopKGating()
        self.input_linear = nn.Module()
        self.input_linear.weight = nn.Parameter(torch.randn(N, HIDDEN, HIDDEN) * 0.1)

    def forward(self, layer_input):
        flat = layer_input.reshape(-1, HIDDEN)
        _, batch_index, batch_gates, expert_size, router_logits = self.router(flat)
        self.truth = self.router.truth
        parts = flat[batch_index].split(expert_size, dim=0)
        out = torch.cat([part @ self.input_linear.weight[e] for e, part in enumerate(parts)]) * batch_gates[:, None]
        return torch.zeros_like(flat).index_add(0, batch_index, out).view(layer_input.shape), router_logits


class HunYuanMoEV1Gate(nn.Module):
    """transformers 4: logits alone, of a Linear called wg."""

    def __init__(self):
        super().__init__()
        self.wg = nn.Linear(HIDDEN, N, bias=False)

    def forward(self, hidden_states):
        return self.wg(hidden_states.reshape(-1, HIDDEN).float())


class LinearTopKGate(nn.Module):
    """Tutel's."""

    def __init__(self):
        super().__init__()
        self.wg, self.top_k = nn.Linear(HIDDEN, N, bias=False), K

    def forward(self, x):
        return self.wg(x.to(dtype=self.wg.weight.dtype))


class CosineTopKGate(nn.Module):
    """Tutel's other: angles to learnt vectors in a space of their own, which a temperature scales."""

    def __init__(self):
        super().__init__()
        self.top_k, self.temperature = K, nn.Parameter(torch.log(torch.full([1], 2.0)))
        self.cosine_projector, self.sim_matrix = nn.Linear(HIDDEN, 8), nn.Parameter(torch.randn(8, N))

    def forward(self, x):
        return torch.matmul(F.normalize(self.cosine_projector(x), dim=1), F.normalize(self.sim_matrix, dim=0)) * torch.clamp(self.temperature, max=4.6).exp()


class OfLogits(nn.Module):
    """Selection in the block, by a method of its own."""

    def __init__(self, gate, attribute):
        super().__init__()
        setattr(self, attribute, gate if attribute != "gates" else nn.ModuleList([gate]))
        self.attribute, self.experts = attribute, Experts()

    def route_tokens_to_experts(self, logits):
        top, ids = torch.topk(F.softmax(logits, dim=1, dtype=torch.float32), K, dim=-1)
        return ids, top / top.sum(-1, keepdim=True)

    def forward(self, hidden_states):
        flat = hidden_states.reshape(-1, HIDDEN)
        logits = getattr(self, self.attribute)(flat)
        ids, weights = self.route_tokens_to_experts(logits)
        self.truth = logits, ids, weights
        return self.experts(flat, ids, weights).view(hidden_states.shape)


def extract_critical(scores, top_k):
    """Tutel keeps a list with one tensor for each slot."""
    topk_indices = torch.topk(scores, top_k, dim=1).indices
    indices_s = [x.view(-1) for x in topk_indices.chunk(top_k, dim=1)]
    gates_s = [(scores * F.one_hot(x, N)).sum(dim=1) for x in indices_s]
    denom_s = torch.clamp(sum(gates_s), min=torch.finfo(scores.dtype).eps)
    gates_s = [x / denom_s for x in gates_s]
    return indices_s, gates_s


class OfLists(OfLogits):
    def forward(self, hidden_states):
        flat = hidden_states.reshape(-1, HIDDEN)
        logits = self.gates[0](flat)
        indices_s, gates_s = extract_critical(F.softmax(logits, dim=1), K)
        self.truth = logits, torch.stack(indices_s, 1), torch.stack(gates_s, 1)
        return sum(self.experts(flat, index[:, None], gate[:, None]) for index, gate in zip(indices_s, gates_s)).view(hidden_states.shape)


def of_logits():
    """(library, class name, block, name of its router)"""
    for name in ("MixtralSparseMoeBlock", "Qwen2MoeSparseMoeBlock", "Qwen3MoeSparseMoeBlock", "OlmoeSparseMoeBlock", "FlexOlmoSparseMoeBlock", "Ernie4_5_MoeSparseMoeBlock"):
        yield "transformers 4", name, made(name, _OfLinear)(name != "OlmoeSparseMoeBlock"), "gate"
    yield "transformers 4", "PhimoeSparseMoeBlock", PhimoeSparseMoeBlock(False), "gate"
    yield "transformers 4", "GraniteMoeMoE", GraniteMoeMoE(), "router"
    yield "transformers 4", "HunYuanMoEV1Moe", made("HunYuanMoEV1Moe", OfLogits)(HunYuanMoEV1Gate(), "gate"), "gate"
    yield "transformers 5", "DbrxFFN", made("DbrxFFN", OfLogits)(made("DbrxRouter", HunYuanMoEV1Gate)(), "router"), "router"
    yield "Tutel", "LinearTopKGate", made("MOELayer", OfLists)(LinearTopKGate(), "gates"), "gates.0"
    yield "Tutel", "CosineTopKGate", made("MOELayer", OfLists)(CosineTopKGate(), "gates"), "gates.0"
