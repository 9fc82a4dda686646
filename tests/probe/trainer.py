"""A tiny training for tests/probe: two routers, three steps; prints what a test asks about. Options are the words of its command line."""
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

OPTIONS = sys.argv[1:]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(8, 4, bias=False), nn.ModuleList(nn.Linear(8, 8) for _ in range(4))

    def forward(self, x):
        flat = x.reshape(-1, 8)
        weights, chosen = torch.topk(self.gate(flat).softmax(-1), 2, dim=-1)
        weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(flat)
        for e, expert in enumerate(self.experts):
            token, slot = torch.where(chosen == e)
            if len(token):
                out = out.index_add(0, token, expert(flat[token]) * weights[token, slot, None])
        return x + out.view(x.shape)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layers, self.head = nn.Embedding(16, 8), nn.ModuleList(Block() for _ in range(2)), nn.Linear(8, 16)

    def forward(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = checkpoint(layer, x, use_reentrant="reentrant" in OPTIONS) if "reentrant" in OPTIONS or "checkpoint" in OPTIONS else layer(x)
        return self.head(x)


class OptimizedModule(nn.Module):
    """As torch.compile wraps a model."""

    def __init__(self, model):
        super().__init__()
        self._orig_mod = model

    def forward(self, ids):
        return self._orig_mod(ids)


class Data(torch.utils.data.Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, index):
        nn.Sequential(nn.Linear(2, 2))(torch.zeros(1, 2))          # a worker may run modules of its own
        return torch.arange(index, index + 8) % 16


def steps(model):
    if "workers" in OPTIONS:
        return list(torch.utils.data.DataLoader(Data(), batch_size=4, num_workers=2))
    return [torch.arange(32).view(4, 8) % 16] * (10000 if "long" in OPTIONS else 12 if "dense" in OPTIONS else 3)


def main():
    torch.manual_seed(0)
    if "rank" in OPTIONS:
        torch.distributed.init_process_group("gloo")
    model = Model()
    if "dense" in OPTIONS:
        model.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(2))
    if "attach" in OPTIONS:
        import moe_devtools
        moe_devtools.attach(model, pad_id=0)
    trained = nn.parallel.DistributedDataParallel(model, find_unused_parameters=True) if "rank" in OPTIONS else OptimizedModule(model) if "compiled" in OPTIONS else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for number, ids in enumerate(steps(model), 1):
        if "numbered" in OPTIONS:
            moe_devtools.step(100 + number)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(trained(ids).flatten(0, 1), ids.flatten()).backward()
        if "dense" in OPTIONS:
            optimizer.step()
            continue
        reached = [e for e, expert in enumerate(model.layers[0].experts) if expert.weight.grad is not None]
        print("step", number, "experts of layer 0 with gradients:", reached, "gate", float(model.layers[0].gate.weight.grad.abs().sum()), flush=True)
        optimizer.step()
        scheduler.step()
        if "fork" in OPTIONS and number == 2:
            child = os.fork()
            if child == 0:
                model(ids)
                sys.exit(0)
            print("child", os.waitpid(child, 0)[1], flush=True)
        if "long" in OPTIONS:
            time.sleep(0.01)
    print("trained", flush=True)
    if "rank" in OPTIONS:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
