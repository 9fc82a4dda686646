"""What a line of a family's table can say, and the pieces of config.json that several tables use."""
from dataclasses import dataclass, field

from reference.storage import Fp8, Mxfp4, OtherExperts, OtherNames

ABSENT = object()                                             # in a variant's config: the key is not in config.json


@dataclass(frozen=True)
class Variant:
    config: dict = field(default_factory=dict)                # changes to the family's BASE
    dtype: str = "BF16"
    float32: tuple = ("e_score_correction_bias", "expert_bias")   # parts of the names that are stored as F32 all the same
    form: Fp8 | Mxfp4 | OtherExperts | OtherNames | None = None            # in which the weights are stored; None: as the family publishes them
    shard: int | None = None                                  # bytes in a shard; None: one model.safetensors
    multimodal: bool = False                                  # the config is the text_config of a multimodal one
    length: int = 44
    decoder_length: int = 20                                  # of an encoder-decoder
    prompt: int = 12
    new: int = 24
    embedding: float = 0.7                                    # spread of the embeddings; small: the norms' epsilon counts
    correction: float = 0.0                                   # centre of the correction bias
    ignored: dict = field(default_factory=dict)               # {name: shape} of tensors that no forward pass may read
    eos_in_text: bool = False                                 # eos_token_id is a token that greedy decoding meets


COMMON = dict(hidden_act="silu", hidden_size=48, vocab_size=192, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=2,
              max_position_embeddings=256, tie_word_embeddings=False, rope_theta=10000.0, rope_scaling=None,
              bos_token_id=1, eos_token_id=2, pad_token_id=0)

YARN = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 32, "beta_slow": 1}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}


def longrope(pairs):
    """pairs: how many frequencies a head has."""
    return {"rope_type": "longrope", "short_factor": [1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 1.8, 2.0][:pairs],
            "long_factor": [1.0, 1.3, 1.9, 2.6, 3.5, 5.0, 7.0, 8.0][:pairs]}


def new_style(theta, **p):
    return {"rope_theta": ABSENT, "rope_scaling": ABSENT, "rope_parameters": {"rope_theta": theta, **p}}


def without(*keys):
    return dict.fromkeys(keys, ABSENT)


def kinds(letters):
    """Layer types by their initials, "sffc"."""
    words = {"f": "full_attention", "s": "sliding_attention", "c": "chunked_attention", "l": "linear_attention"}
    return [words[letter] for letter in letters]


def mlps(letters):
    """MLP layer types by their initials, "ds"."""
    words = {"d": "dense", "s": "sparse"}
    return [words[letter] for letter in letters]


def prediction_heads(layer, d, vocabulary, experts):
    """{name: shape} of the extra tensors of a model that also predicts the token after the next."""
    p = f"model.layers.{layer}"
    return {f"{p}.eh_proj.weight": (d, 2 * d), f"{p}.enorm.weight": (d,), f"{p}.hnorm.weight": (d,),
            f"{p}.embed_tokens.weight": (vocabulary, d), f"{p}.shared_head.norm.weight": (d,),
            f"{p}.shared_head.head.weight": (vocabulary, d), f"{p}.input_layernorm.weight": (d,), f"{p}.mlp.gate.weight": (experts, d),
            f"{p}.self_attn.o_proj.weight": (d, d), "mtp.norm.weight": (d,), "model.mtp.fc.weight": (d, 2 * d)}
