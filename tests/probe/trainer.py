"""A tiny training for tests/probe: two routers, three steps; prints what a test asks about. Options are the words of its command line."""
import os
import sys
import time
import types
import zlib

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

OPTIONS = sys.argv[1:]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(8, 4, bias=False), nn.ModuleList(nn.Linear(8, 8) for _ in range(4))
        self.forced = False

    def forward(self, x):
        flat = x.reshape(-1, 8)
        scores = self.gate(flat).softmax(-1)
        weights, chosen = torch.topk(scores, 2, dim=-1)
        if self.forced:                                            # the model itself chooses what a test puts in place of its choice
            chosen = torch.tensor([[3, 0]]).expand(len(flat), 2)
            weights = scores.gather(-1, chosen)
        if "threshold" in OPTIONS:                                 # top-k for its last value alone
            gates = torch.where(scores >= weights[:, -1:], scores, torch.zeros_like(scores))
            return x + sum(gates[:, e, None] * expert(flat) for e, expert in enumerate(self.experts)).view(x.shape)
        weights = weights / weights.sum(-1, keepdim=True)
        out = torch.zeros_like(flat)
        for e, expert in enumerate(self.experts):
            token, slot = torch.where(chosen == e)
            if len(token):
                out = out.index_add(0, token, expert(flat[token]) * weights[token, slot, None])
        return x + out.view(x.shape)


class Model(nn.Module):
    passes = 0

    def __init__(self):
        super().__init__()
        self.embed, self.layers, self.head = nn.Embedding(16, 8), nn.ModuleList(Block() for _ in range(2)), nn.Linear(8, 16)

    def forward(self, ids):
        x = self.embed(ids) if ids.dtype == torch.int64 else ids
        Model.passes += 1
        for layer in self.layers:
            x = checkpoint(layer, x, use_reentrant="reentrant" in OPTIONS) if "reentrant" in OPTIONS or "checkpoint" in OPTIONS else layer(x)
        if f"fails{Model.passes}" in OPTIONS:
            raise IndexError("what the user did wrong")
        if f"stumbles{Model.passes}" in OPTIONS:
            raise MemoryError("and is caught")
        return self.head(x)


class OptimizedModule(nn.Module):
    """As torch.compile wraps a model, and counts where it could not go on."""

    def __init__(self, model):
        super().__init__()
        self._orig_mod = model
        sys.modules["torch._dynamo.utils"] = types.SimpleNamespace(counters={"graph_break": {"call to print": 3, "data-dependent branch": 2}})

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
    return [torch.arange(32).view(4, 8) % 16] * (10000 if "long" in OPTIONS else 12 if "dense" in OPTIONS or "functions" in OPTIONS else 3)


def main():
    torch.manual_seed(0)
    if "rank" in OPTIONS:
        torch.distributed.init_process_group("gloo")
    model = Model()
    if "dense" in OPTIONS:
        model.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(2))
    if "attach" in OPTIONS:
        import moe_devtools
        moe_devtools.attach(model, **({"tokenizer": types.SimpleNamespace(pad_token_id=0)} if "tokenizer" in OPTIONS else {"pad_id": 0}))
    if "functions" in OPTIONS:                                      # no module is called, all of them are only where the weights are kept
        model.forward = lambda ids: F.linear(F.embedding(ids, model.embed.weight), model.head.weight)
        trained = model.forward
    else:
        trained = nn.parallel.DistributedDataParallel(model, find_unused_parameters=True) if "rank" in OPTIONS else OptimizedModule(model) if "compiled" in OPTIONS else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for number, ids in enumerate(steps(model), 1):
        if "numbered" in OPTIONS:
            moe_devtools.step(100 + number)
        optimizer.zero_grad(set_to_none=True)
        losses = []
        for batch in [ids, ids.flip(1)] if "twice" in OPTIONS else [ids]:
            if hasattr(model.layers[0], "forced"):
                model.layers[0].forced = "forced" in OPTIONS and number == 2 and not losses
            try:
                losses.append(F.cross_entropy(trained(model.embed(batch) if "embedded" in OPTIONS else batch).flatten(0, 1), batch.flatten()))
            except MemoryError:
                print("step", number, "left out", flush=True)
                break
            if "twice" not in OPTIONS:
                losses[0].backward()
        if not losses:
            continue
        if "twice" in OPTIONS:                                     # both passes are computed again in one backward pass, the later one first
            for force, loss in ((False, losses[1]), ("forced" in OPTIONS and number == 2, losses[0])):
                model.layers[0].forced = force
                loss.backward()
        if "dense" in OPTIONS or "functions" in OPTIONS:
            optimizer.step()
            continue
        reached = [e for e, expert in enumerate(model.layers[0].experts) if expert.weight.grad is not None]
        digest = zlib.crc32(b"".join(bytes(parameter.grad.numpy()) for parameter in model.parameters() if parameter.grad is not None))
        print("step", number, "experts of layer 0 with gradients:", reached, "losses", *(loss.item().hex() for loss in losses), "gradients", digest, "gate", float(model.layers[0].gate.weight.grad.abs().sum()), flush=True)
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
