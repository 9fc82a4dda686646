"""Switch Transformers: an encoder and a decoder with relative positions; one expert a token, which drops what exceeds its capacity."""
import numpy as np

from reference.attention import attend, split_heads
from reference.model import Forward, Model
from reference.numerics import ACTIVATIONS, rms_norm, softmax
from reference.routers import decide, mix

DEFAULTS = dict(expert_capacity=64, num_sparse_encoder_layers=3, num_sparse_decoder_layers=3, relative_attention_num_buckets=32,
                relative_attention_max_distance=128, dense_act_fn="relu", router_bias=False, layer_norm_epsilon=1e-6,
                tie_word_embeddings=True, decoder_start_token_id=0)


class SwitchTransformers(Model):
    """stack: "encoder" or "decoder"; p: the prefix of a tensor's or a module's name; layer from 0."""
    inputs = ("input_ids", "decoder_input_ids")

    def __init__(self, config):
        super().__init__()
        self.config = c = DEFAULTS | config
        self.d, self.h, self.heads, self.inner = c["d_model"], c["d_kv"], c["num_heads"], c["d_ff"]
        self.experts, self.tied = c["num_experts"], c["tie_word_embeddings"]
        self.layers = {"encoder": c["num_layers"], "decoder": c["num_decoder_layers"]}
        self.act = ACTIVATIONS[c["dense_act_fn"]]

    def sparse(self, stack, layer):
        chosen, layers = self.config[f"num_sparse_{stack}_layers"], self.layers[stack]
        step = layers // chosen if chosen else layers
        return step == 1 or step > 1 and layer % step == 1

    # --- tensors

    def shapes(self):
        """{name: shape} of every tensor that the forward pass reads."""
        table = self.config["vocab_size"], self.d
        names = ["shared"] if self.tied else ["encoder.embed_tokens", "decoder.embed_tokens", "lm_head"]
        out = {f"{name}.weight": table for name in names}
        for stack, layers in self.layers.items():
            out[f"{stack}.final_layer_norm.weight"] = (self.d,)
            out[f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"] = (
                self.config["relative_attention_num_buckets"], self.heads)
            for layer in range(layers):
                sublayers = ["SelfAttention"] if stack == "encoder" else ["SelfAttention", "EncDecAttention"]
                for n, name in enumerate(sublayers):
                    p = f"{stack}.block.{layer}.layer.{n}"
                    out |= {f"{p}.{name}.{part}.weight": (self.heads * self.h, self.d) for part in "qkv"}
                    out |= {f"{p}.{name}.o.weight": (self.d, self.heads * self.h), f"{p}.layer_norm.weight": (self.d,)}
                p = f"{stack}.block.{layer}.layer.{len(sublayers)}"
                out |= {f"{p}.layer_norm.weight": (self.d,)} | self.mlp_shapes(f"{p}.mlp", self.sparse(stack, layer))
        return out

    def mlp_shapes(self, p, sparse):
        if not sparse:
            return {f"{p}.wi.weight": (self.inner, self.d), f"{p}.wo.weight": (self.d, self.inner)}
        out = {f"{p}.router.classifier.weight": (self.experts, self.d)}
        if self.config["router_bias"]:
            out[f"{p}.router.classifier.bias"] = (self.experts,)
        for e in range(self.experts):
            out |= self.mlp_shapes(f"{p}.experts.expert_{e}", sparse=False)
        return out

    # --- forward

    def start(self, prompt):
        """What greedy decoding runs, ids of the decoder -> Forward, and the ids that it begins with."""
        return lambda ids: self.forward(prompt, ids), [self.config["decoder_start_token_id"]]

    def forward(self, ids, decoder_ids):
        states, routers = {}, {}
        encoded = self.run_stack("encoder", ids, None, states, routers)
        x = self.run_stack("decoder", decoder_ids, encoded, states, routers)
        logits = x * self.d ** -0.5 @ self.weights["shared.weight"].T if self.tied else self.linear("lm_head", x)
        return Forward(logits, states, routers)

    def run_stack(self, stack, ids, encoded, states, routers):
        """encoded: the encoder's output [S, d], for the decoder."""
        x = self.weights["shared.weight" if self.tied else f"{stack}.embed_tokens.weight"][ids]
        states[f"{stack}.hidden_states.0"] = x
        bias = self.relative_bias(stack, len(ids))
        i, j = np.indices((len(ids), len(ids)))
        for layer in range(self.layers[stack]):
            p = f"{stack}.block.{layer}.layer"
            u = self.norm(f"{p}.0.layer_norm", x)
            x = x + self.attention(f"{p}.0.SelfAttention", u, u, j <= i if stack == "decoder" else True, bias)
            if encoded is not None:
                x = x + self.attention(f"{p}.1.EncDecAttention", self.norm(f"{p}.1.layer_norm", x), encoded, True, 0.0)
            last = f"{p}.{1 if encoded is None else 2}"
            u = self.norm(f"{last}.layer_norm", x)
            x = x + (self.route(f"{last}.mlp", u, routers) if self.sparse(stack, layer) else self.mlp(f"{last}.mlp", u))
            states[f"{stack}.hidden_states.{layer + 1}"] = x
        x = self.norm(f"{stack}.final_layer_norm", x)
        states[f"{stack}.hidden_states.{self.layers[stack]}"] = x
        return x

    def norm(self, p, x):
        return rms_norm(x, self.weights[f"{p}.weight"], self.config["layer_norm_epsilon"])

    def attention(self, p, x, source, allowed, bias):
        q, k, v = self.linear(f"{p}.q", x), self.linear(f"{p}.k", source), self.linear(f"{p}.v", source)
        return self.linear(f"{p}.o", attend(*(split_heads(t, self.heads) for t in (q, k, v)), 1.0, allowed, bias=bias))

    def relative_bias(self, stack, length):
        """[H, T, T], the same in every layer of a stack."""
        n, furthest = self.config["relative_attention_num_buckets"], self.config["relative_attention_max_distance"]
        i, j = np.indices((length, length))
        if stack == "encoder":
            n //= 2
            offset, distance = np.where(j > i, n, 0), np.abs(j - i)
        else:
            offset, distance = 0, np.maximum(i - j, 0)
        exact = n // 2
        ratio = np.log(np.maximum(distance, 1).astype(np.float32) / np.float32(exact)) / np.float32(np.log(furthest / exact))
        far = np.minimum(exact + (ratio * np.float32(n - exact)).astype(int), n - 1)
        table = self.weights[f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"]
        return table[offset + np.where(distance < exact, distance, far)].transpose(2, 0, 1)

    def mlp(self, p, x):
        return self.linear(f"{p}.wo", self.act(self.linear(f"{p}.wi", x)))

    def route(self, p, x, routers):
        router = f"{p}.router.classifier"
        z = self.linear(router, x)
        s = softmax(z)
        routers[router] = decision = decide(z, s, s, 1, lambda w: w)
        chosen = np.eye(self.experts, dtype=int)[decision.selected_experts[:, 0]]
        rank = (chosen.cumsum(0) * chosen).sum(-1)            # of a token among those that chose the same expert, from 1
        dropped = rank > self.config["expert_capacity"]
        decision.selected_experts[dropped], decision.routing_weights[dropped] = -1, 0
        return mix(x, decision, lambda e, rows: self.mlp(f"{p}.experts.expert_{e}", rows))
