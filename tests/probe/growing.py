"""A tiny training for tests/probe in which routers run late: `two` models that take turns, a layer that is switched on `late`, a copy that is evaluated (`eval`), a model that is made `again`, or one `observe`d by name late."""
import copy
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

WORD = sys.argv[1]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(8, 4, bias=False), nn.ModuleList(nn.Linear(8, 8) for _ in range(4))

    def forward(self, x):
        return self.mix(x, *torch.topk(self.gate(x).softmax(-1), 2, dim=-1))                # the models' line

    def mix(self, x, weights, chosen):
        out = torch.zeros_like(x)
        for e, expert in enumerate(self.experts):
            token, slot = torch.where(chosen == e)
            if len(token):
                out = out.index_add(0, token, expert(x[token]) * weights[token, slot, None])
        return x + out


class Other(Block):
    def forward(self, x):
        return self.mix(x, *torch.topk(self.gate(x).softmax(-1), 1, dim=-1))                # the other model's line


class Model(nn.Module):
    def __init__(self, kind, layers):
        super().__init__()
        self.embed, self.blocks, self.head = nn.Embedding(16, 8), nn.ModuleList(kind() for _ in range(layers)), nn.Linear(8, 16)
        self.depth = 1 if WORD == "late" else layers

    def forward(self, ids):
        x = self.embed(ids).flatten(0, 1)
        for block in self.blocks[:self.depth]:
            x = block(x)
        return self.head(x)


torch.manual_seed(0)
models = [Model(Block, 2), Model(Other, 1)][:2 if WORD == "two" else 1]
optimizers = [torch.optim.SGD(model.parameters(), lr=0.1) for model in models]
ids = torch.arange(32).view(4, 8) % 16
for step in range(1, 7):
    models[0].depth = 2 if step >= 3 else models[0].depth
    for model, optimizer in zip(models, optimizers):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(ids), ids.flatten())
        loss.backward()
        optimizer.step()
        print(step, loss.item())
    if WORD == "observe" and step >= 3:
        import moe_devtools
        scores = torch.arange(8.0).view(2, 4)
        moe_devtools.observe("by.hand", logits=scores, selected=scores.topk(2)[1], weights=scores.topk(2)[0])
    if WORD == "eval" and step in (3, 4):
        averaged = copy.deepcopy(models[0]).eval()
        with torch.no_grad():
            print("eval", averaged(ids).sum().item())
if WORD == "again":                                            # as a notebook runs its cell again, while something holds the old model
    model = Model(Block, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    F.cross_entropy(model(ids), ids.flatten()).backward()
    optimizer.step()
print("swaps end", torch.nn.Module.__call__.__module__.split(".")[0])
