"""DeepSeek-V3.2: DeepSeek-V3 whose queries see what an indexer chooses."""
from dataclasses import replace

import numpy as np

from reference.attention import causal, split_heads
from reference.deepseek import DeepseekExperts
from reference.indexer import choose, index_scores
from reference.mla import LATENT_EPSILON, Mla
from reference.numerics import layer_norm
from reference.rope import rotate


class DeepseekV32(DeepseekExperts, Mla):
    defaults = dict(n_group=8, topk_group=4, routed_scaling_factor=2.5, first_k_dense_replace=3, index_topk=2048, index_n_heads=64,
                    index_head_dim=128)
    index_interleaved = False

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.interleaved = True
        self.chosen, self.key_gap = None, np.inf

    def sparse(self, layer):
        return self.listed_sparse(layer, self.config["first_k_dense_replace"])

    def has_indexer(self, _layer):
        return True

    def attention_shapes(self, layer):
        c = self.config
        heads, size = c["index_n_heads"], c["index_head_dim"]
        return super().attention_shapes(layer) | ({
            "indexer.wq_b.weight": (heads * size, self.q_rank), "indexer.wk.weight": (size, self.d), "indexer.k_norm.weight": (size,),
            "indexer.k_norm.bias": (size,), "indexer.weights_proj.weight": (heads, self.d)} if self.has_indexer(layer) else {})

    def forward(self, ids):
        self.key_gap = np.inf
        return replace(super().forward(ids), key_margin=self.key_gap)

    def visible(self, p, layer, x, q_latent):
        if self.has_indexer(layer):
            tables = self.rope.tables(len(x))
            q = split_heads(self.linear(f"{p}.indexer.wq_b", q_latent), self.config["index_n_heads"])
            q = rotate(q, tables, self.index_interleaved).transpose(1, 0, 2).reshape(len(x), -1)
            keys = layer_norm(self.linear(f"{p}.indexer.wk", x), *(self.weights[f"{p}.indexer.k_norm.{part}"] for part in ("weight", "bias")), LATENT_EPSILON)
            scores = index_scores(q, rotate(keys, tables, self.index_interleaved), self.linear(f"{p}.indexer.weights_proj", x))
            self.chosen, gap = choose(scores, causal(len(x)), self.config["index_topk"])
            self.key_gap = min(self.key_gap, gap)
        return self.chosen
