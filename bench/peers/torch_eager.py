"""torch as a peer of the engine: OLMoE in eager bfloat16 as transformers writes it, a loop over the experts that are used and a cache that grows.

Prints what it is, then answers each line {"prompt": [ids], "tokens": n} with
{"prefill": ms to the first token, "token": ms for each after it, "first": its id}. Greedy.
torch_eager.py MODEL-FOLDER THREADS
"""
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F


def read_weights(path):
    """Every tensor by name, copied into torch's own memory."""
    data = np.memmap(path, dtype=np.uint8, mode="c")
    start = 8 + int(data[:8].view("<u8")[0])
    header = json.loads(data[8:start].tobytes())
    weights = {}
    for name, tensor in header.items():
        first, end = tensor["data_offsets"]
        bits = torch.from_numpy(data[start + first:start + end].view(np.int16))
        weights[name] = bits.view(torch.bfloat16).view(tensor["shape"]).clone()
    return weights


class Olmoe:
    def __init__(self, folder):
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        self.weights = read_weights(os.path.join(folder, "model.safetensors"))
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.size = config["hidden_size"] // self.heads
        self.experts = config["num_experts"]
        self.k = config["num_experts_per_tok"]
        self.eps = config["rms_norm_eps"]
        self.frequencies = config["rope_theta"] ** (-torch.arange(0, self.size, 2).float() / self.size)

    def norm(self, x, name):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weights[f"{name}.weight"] * y.to(x.dtype)

    def linear(self, x, name):
        return F.linear(x, self.weights[f"{name}.weight"])

    def attention(self, x, name, turn, cache):
        tokens = len(x)
        q = self.norm(self.linear(x, f"{name}.q_proj"), f"{name}.q_norm")
        k = self.norm(self.linear(x, f"{name}.k_proj"), f"{name}.k_norm")
        v = self.linear(x, f"{name}.v_proj")
        q, k, v = (y.view(tokens, self.heads, self.size).transpose(0, 1) for y in (q, k, v))  # [heads, tokens, size]
        q, k = (y * turn[0] + torch.cat((-y[..., self.size // 2:], y[..., :self.size // 2]), -1) * turn[1] for y in (q, k))
        if name in cache:
            k, v = (torch.cat(pair, 1) for pair in zip(cache[name], (k, v)))
        cache[name] = k, v
        scores = q @ k.transpose(1, 2) * self.size ** -0.5
        if tokens > 1:
            scores = scores + torch.full((tokens, tokens), torch.finfo(x.dtype).min, dtype=x.dtype).triu(1)
        weights = F.softmax(scores, dim=-1, dtype=torch.float).to(x.dtype)
        return self.linear((weights @ v).transpose(0, 1).reshape(tokens, -1), f"{name}.o_proj")

    def mixture(self, x, name):
        probabilities = F.softmax(self.linear(x, f"{name}.gate"), dim=-1, dtype=torch.float)
        weights, chosen = torch.topk(probabilities, self.k, dim=-1)
        weights = weights.to(x.dtype)
        y = torch.zeros_like(x)
        mask = F.one_hot(chosen, num_classes=self.experts).permute(2, 1, 0)  # [experts, k, tokens]
        for expert in torch.unique(chosen).tolist():
            place, rows = torch.where(mask[expert])
            some = x[rows]
            inner = F.silu(self.linear(some, f"{name}.experts.{expert}.gate_proj")) * self.linear(some, f"{name}.experts.{expert}.up_proj")
            y.index_add_(0, rows, self.linear(inner, f"{name}.experts.{expert}.down_proj") * weights[rows, place, None])
        return y

    def forward(self, ids, start, cache):
        """The id that follows `ids`, which stand from position `start` on."""
        x = F.embedding(torch.tensor(ids), self.weights["model.embed_tokens.weight"])
        angles = torch.outer(torch.arange(start, start + len(ids)).float(), self.frequencies).repeat(1, 2)
        turn = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        for layer in range(self.layers):
            name = f"model.layers.{layer}"
            x = x + self.attention(self.norm(x, f"{name}.input_layernorm"), f"{name}.self_attn", turn, cache)
            x = x + self.mixture(self.norm(x, f"{name}.post_attention_layernorm"), f"{name}.mlp")
        return int(self.linear(self.norm(x[-1:], "model.norm"), "lm_head").argmax())


@torch.no_grad()
def run(model, prompt, tokens):
    cache, ids, start, generated, times = {}, prompt, 0, [], [time.perf_counter()]
    for _ in range(tokens):
        generated.append(model.forward(ids, start, cache))
        times.append(time.perf_counter())
        ids, start = generated[-1:], start + len(ids)
    prefill, decode = times[1] - times[0], times[-1] - times[1]
    return {"prefill": prefill * 1e3, "token": decode * 1e3 / max(1, tokens - 1), "first": generated[0]}


def main(folder, threads):
    torch.set_num_threads(int(threads))
    model = Olmoe(folder)
    print(f"torch {torch.__version__} eager", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(run(model, request["prompt"], request["tokens"])), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
