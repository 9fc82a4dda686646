"""Nemotron-H: every layer is one block, a Mamba-2, attention without positions, an MLP or experts; relu² without gates."""
import math

from reference.decoder import Decoder
from reference.mamba import Mamba2
from reference.numerics import ACTIVATIONS
from reference.routers import mix, sigmoid_router

LETTERS = {"M": "linear_attention", "E": "moe", "*": "full_attention", "-": "mlp"}
WORDS = {"mamba": "linear_attention", "attention": "full_attention"}
EARLIER = {"mamba_n_groups": "n_groups", "mamba_d_conv": "conv_kernel", "mamba_conv_bias": "use_conv_bias", "mamba_dt_min": "time_step_min"}


class NemotronH(Decoder):
    defaults = dict(layer_norm_epsilon=1e-5, num_attention_heads=32, num_key_value_heads=8, head_dim=128, mamba_num_heads=128,
                    mamba_head_dim=64, ssm_state_size=128, n_groups=8, conv_kernel=4, use_conv_bias=True, use_bias=False,
                    time_step_min=0.001, intermediate_size=21504, mlp_hidden_act="relu2", mamba_hidden_act="silu", mlp_bias=False,
                    num_experts=8, num_experts_per_tok=2, moe_intermediate_size=7688, moe_shared_expert_intermediate_size=7688,
                    moe_latent_size=None, n_group=1, topk_group=1, norm_topk_prob=True, routed_scaling_factor=1.0)
    inner_key = "moe_intermediate_size"
    mlp_name, router, correction = "mixer", "mixer.gate", "mixer.gate.e_score_correction_bias"
    attention_name = "mixer"
    top = "backbone"

    def __init__(self, config, prefix=""):
        config = {EARLIER.get(key, key): value for key, value in config.items()}
        kinds = config.get("layers_block_type") or config.get("layer_types")
        if kinds is None:
            kinds = [LETTERS[letter] for letter in config.get("hybrid_override_pattern", "ME*-")]
        self.kinds = [WORDS.get(kind, kind) for kind in kinds]
        super().__init__(config | {"num_hidden_layers": len(self.kinds), "layer_types": None, "tie_word_embeddings": False, "attention_bias": False,
                                   "n_shared_experts": 1}, prefix)
        c = self.config
        self.embedding, self.final_norm, self.layer_prefix = f"{self.top}.embeddings", f"{self.top}.norm_f", f"{self.top}.layers"
        self.epsilon, self.act, self.bias = c["layer_norm_epsilon"], ACTIVATIONS[c["mlp_hidden_act"]], False
        self.shared_inner, self.width = c["moe_shared_expert_intermediate_size"], c["moe_latent_size"] or self.d
        self.mamba = Mamba2(self.d, c["mamba_num_heads"], c["mamba_head_dim"], c["n_groups"], c["ssm_state_size"], c["conv_kernel"],
                            c["use_bias"], c["use_conv_bias"], (c["time_step_min"], math.inf), self.epsilon)

    def rotates(self, _layer):
        return False

    def layer_shapes(self, layer):
        match self.kinds[layer]:
            case "linear_attention":
                block = self.mamba.shapes()
            case "full_attention":
                block = self.attention_shapes(layer)
            case "mlp":
                block = self.plain_shapes("", self.dense_inner, self.d, self.config["mlp_bias"])
            case "moe":
                block = self.expert_block_shapes()
        return {"norm.weight": (self.d,)} | {f"mixer.{name}": shape for name, shape in block.items()}

    def expert_block_shapes(self):
        latent, bias = self.config["moe_latent_size"], self.config["mlp_bias"]
        out = {"gate.weight": (self.experts, self.d), "gate.e_score_correction_bias": (self.experts,)}
        for e in range(self.experts):
            out |= self.plain_shapes(f"experts.{e}.", self.inner, self.width)
        out |= self.plain_shapes("shared_experts.", self.shared_inner, self.d, bias)
        if latent:
            out |= {"fc1_latent_proj.weight": (latent, self.d), "fc2_latent_proj.weight": (self.d, latent)}
            if bias:
                out |= {"fc1_latent_proj.bias": (latent,), "fc2_latent_proj.bias": (self.d,)}
        return out

    def plain_shapes(self, p, inner, width, bias=False):
        out = {f"{p}up_proj.weight": (inner, width), f"{p}down_proj.weight": (width, inner)}
        return out | {f"{p}up_proj.bias": (inner,), f"{p}down_proj.bias": (width,)} if bias else out

    def run_layer(self, p, layer, x, routers):
        u = self.norm(f"{p}.norm", x)
        match self.kinds[layer]:
            case "linear_attention":
                return x + self.mamba.forward(self, f"{p}.mixer", u, ACTIVATIONS[self.config["mamba_hidden_act"]])
            case "full_attention":
                return x + self.attention(f"{p}.mixer", layer, u)
            case "mlp":
                return x + self.mlp(f"{p}.mixer", u)
            case "moe":
                return x + self.ffn(p, layer, u, routers)

    def mlp(self, p, x, names=None):
        return self.linear(f"{p}.down_proj", self.act(self.linear(f"{p}.up_proj", x)))

    def ffn(self, p, layer, x, routers):
        p = f"{p}.mixer"
        routers[f"{p}.gate"] = decision = self.decide(layer, self.linear(f"{p}.gate", x), self.weights[f"{p}.gate.e_score_correction_bias"])
        latent = self.config["moe_latent_size"]
        mixed = mix(self.linear(f"{p}.fc1_latent_proj", x) if latent else x, decision, lambda e, rows: self.mlp(f"{p}.experts.{e}", rows))
        return (self.linear(f"{p}.fc2_latent_proj", mixed) if latent else mixed) + self.mlp(f"{p}.shared_experts", x)

    def decide(self, _layer, z, correction):
        c = self.config
        return sigmoid_router(z, correction, self.k, c["n_group"], c["topk_group"], c["norm_topk_prob"], c["routed_scaling_factor"])
