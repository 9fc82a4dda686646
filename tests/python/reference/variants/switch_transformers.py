"""Switch Transformers: which layers are sparse, capacities that drop tokens, buckets, both heads."""
from functools import partial

from reference.variants import table
from reference.variants.table import ABSENT, without

Variant = partial(table.Variant, dtype="F32", prompt=44)
BASE = dict(
    architectures=["SwitchTransformersForConditionalGeneration"], model_type="switch_transformers", is_encoder_decoder=True, vocab_size=192,
    d_model=48, d_kv=10, d_ff=36, num_heads=4, num_layers=2, num_decoder_layers=2, num_experts=6, expert_capacity=9,
    num_sparse_encoder_layers=1, num_sparse_decoder_layers=1, relative_attention_num_buckets=8, relative_attention_max_distance=20,
    dense_act_fn="relu", feed_forward_proj="relu", router_bias=False, layer_norm_epsilon=1e-6, tie_word_embeddings=False,
    decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)

VARIANTS = {
    "defaults": Variant({"num_layers": 3, "num_decoder_layers": 3} | without(
        "expert_capacity", "num_sparse_encoder_layers", "num_sparse_decoder_layers", "relative_attention_num_buckets",
        "relative_attention_max_distance", "dense_act_fn", "feed_forward_proj", "router_bias", "layer_norm_epsilon",
        "tie_word_embeddings"), embedding=0.1),
    "base-as-published": Variant({
        "num_layers": 4, "num_decoder_layers": 4, "num_sparse_encoder_layers": 2, "num_sparse_decoder_layers": 2, "expert_capacity": 64,
        "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128, "encoder_sparse_step": 2, "decoder_sparse_step": 2,
        "tie_word_embeddings": ABSENT, "add_router_probs": False, "router_dtype": "float32", "router_ignore_padding_tokens": False,
        "router_jitter_noise": 0.01, "dropout_rate": 0.1}, embedding=0.2, shard=80_000),
    "tied": Variant({"tie_word_embeddings": True}, embedding=0.2),
    "router-bias": Variant({"router_bias": True}),
    "one-token-an-expert": Variant({"expert_capacity": 1}),
    "few-experts": Variant({"num_experts": 2, "expert_capacity": 5, "d_ff": 50}),
    "nothing-dropped": Variant({"expert_capacity": 44}),
    "every-layer-sparse": Variant({"num_sparse_encoder_layers": 2, "num_sparse_decoder_layers": 2}),
    "more-than-half-sparse": Variant({"num_layers": 4, "num_sparse_encoder_layers": 3, "num_decoder_layers": 3,
                                      "num_sparse_decoder_layers": 2}),
    "a-third-sparse": Variant({"num_layers": 3, "num_decoder_layers": 6, "num_sparse_decoder_layers": 2}),
    "zero-sparse": Variant({"num_sparse_encoder_layers": 0, "num_sparse_decoder_layers": 0, "num_layers": 3}),
    "encoder-not-sparse": Variant({"num_sparse_encoder_layers": 3}),
    "decoder-not-sparse": Variant({"num_sparse_decoder_layers": 4}),
    "gelu": Variant({"dense_act_fn": "gelu_new"}, dtype="BF16"),
    "near-buckets": Variant({"relative_attention_num_buckets": 16, "relative_attention_max_distance": 12}, decoder_length=44),
    "long": Variant({"relative_attention_num_buckets": 32, "relative_attention_max_distance": 64}, length=150, prompt=150,
                    decoder_length=90, new=8),
    "wide-heads": Variant({"d_kv": 16, "num_heads": 5, "layer_norm_epsilon": 1e-3}, dtype="F16"),
    "odd-sizes": Variant({"d_model": 45, "d_kv": 7, "d_ff": 19, "num_heads": 3, "vocab_size": 131, "num_experts": 7}),
    "start-id": Variant({"decoder_start_token_id": 5, "eos_token_id": 2}),
    "one-token": Variant(length=1, prompt=1, decoder_length=1),
}
