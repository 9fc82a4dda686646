"""Cohere2-MoE: attention and experts in parallel on one norm, window layers with positions and full layers without."""
from reference.decoder import Decoder
from reference.numerics import layer_norm, rms_norm, sigmoid
from reference.routers import decide, logits_router, normalised


class Cohere2Moe(Decoder):
    defaults = dict(rms_norm_eps=None, layer_norm_eps=1e-5, tie_word_embeddings=True, head_dim=128, sliding_window=4096,
                    sliding_window_pattern=4, first_k_dense_replace=0, prefix_dense_intermediate_size=None,
                    prefix_dense_sliding_window_pattern=1, n_shared_experts=0, shared_expert_combination_strategy="average",
                    expert_selection_fn="softmax", norm_topk_prob=True, logit_scale=0.0625)
    norms = ("input_layernorm",)
    interleaved = True
    shared = "mlp.shared_experts"

    def __init__(self, config, prefix=""):
        super().__init__(config, prefix)
        self.dense_inner = self.config["prefix_dense_intermediate_size"] or self.inner

    def types(self):
        c = self.config
        dense = c["first_k_dense_replace"]
        patterns = [(layer, c["prefix_dense_sliding_window_pattern"]) for layer in range(dense)]
        patterns += [(layer, c["sliding_window_pattern"]) for layer in range(self.layers - dense)]
        return c["layer_types"] or ["sliding_attention" if (n + 1) % pattern else "full_attention" for n, pattern in patterns]

    def sparse(self, layer):
        return self.listed_sparse(layer, dense=self.config["first_k_dense_replace"])

    def rotates(self, layer):
        c = self.config
        prefix = layer < c["first_k_dense_replace"] and c["prefix_dense_sliding_window_pattern"] == 1
        return prefix or self.layer_types[layer] == "sliding_attention"

    def norm(self, p, x):
        weight = self.weights[f"{p}.weight"]
        return layer_norm(x, weight, None, self.config["layer_norm_eps"]) if self.epsilon is None else rms_norm(x, weight, self.epsilon)

    def run_layer(self, p, layer, x, routers):
        u = self.norm(f"{p}.input_layernorm", x)
        return x + self.attention(f"{p}.self_attn", layer, u) + self.ffn(p, layer, u, routers)

    def logits(self, x):
        return super().logits(x) * self.config["logit_scale"]

    def decide(self, _layer, z, _correction):
        if self.config["expert_selection_fn"] == "softmax":
            return logits_router(z, self.k)
        return decide(z, sigmoid(z), z, self.k, normalised if self.config["norm_topk_prob"] else lambda w: w)

    def combine(self, p, x, mixed):
        average = self.shared_inner and self.config["shared_expert_combination_strategy"] == "average"
        return super().combine(p, x, mixed) * (0.5 if average else 1.0)
