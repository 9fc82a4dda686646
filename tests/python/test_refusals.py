"""`moe-devtools inspect` refuses what it cannot run exactly: exit code 2 and one error that names the key, the file or the tensor."""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOE_DEVTOOLS = os.environ.get("MOE_DEVTOOLS", str(ROOT / "moe-devtools"))
CHECKPOINTS = ROOT / "tests" / "fixtures" / "checkpoints"
ABSENT = object()
MYSTERY = "mystery"
SLIDING, FULL, LINEAR = "sliding_attention", "full_attention", "linear_attention"
CSA, HCA = "compressed_sparse_attention", "heavily_compressed_attention"


def longrope(**changes):
    return {"rope_scaling": {"type": "longrope", "short_factor": [1.0] * 8, "long_factor": [2.0] * 8, "short_mscale": 1.2,
                             "long_mscale": 1.3, "original_max_position_embeddings": 64} | changes}


def types(unknown=MYSTERY):
    """Refused lists of the layer types of a model of four layers."""
    return [({"layer_types": [FULL, FULL, unknown, FULL]}, "layer_types", unknown),
            ({"layer_types": [FULL, FULL, FULL]}, "layer_types")]


def mlps(layers):
    return [({"mlp_layer_types": ["dense", MYSTERY] + ["sparse"] * (layers - 2)}, "mlp_layer_types", MYSTERY),
            ({"mlp_layer_types": ["dense"] + ["sparse"] * layers}, "mlp_layer_types")]


def groups(experts):
    """Of a router of that many experts, a multiple of four but not of five."""
    return [({"n_group": 5, "topk_group": 2}, "n_group", r"\b5\b"),
            # a group counts its two best, and each has one
            ({"n_group": experts, "topk_group": 2, "num_experts_per_tok": 2}, "n_group", rf"\b{experts}\b"),
            ({"n_group": 4, "topk_group": 5}, "topk_group", r"\b5\b"),
            ({"n_group": 4, "topk_group": 1, "num_experts_per_tok": experts // 4 + 1}, "num_experts_per_tok|topk_group")]


NO_PARTIAL_ROTATION = ({"partial_rotary_factor": 0.5}, "partial_rotary_factor", r"0\.5")

# By folder: changes to config.json, and patterns that must all be found in the message: the key, and the value where it is one word.
CONFIGS = {
    "afmoe": [
        *types(), ({"layer_types": ABSENT, "global_attn_every_n_layers": 0}, "global_attn_every_n_layers", r"\b0\b"),
        ({"num_experts_per_tok": 11}, "num_experts_per_tok", r"\b11\b"),
        ({"sliding_window": -9}, "sliding_window", "-9"),
        ({"num_shared_experts": 2}, r"num_shared_experts|mlp\.shared_experts\."),
    ],
    "cohere2_moe": [
        *types(), *mlps(4),
        ({"expert_selection_fn": MYSTERY}, "expert_selection_fn", MYSTERY),
        ({"shared_expert_combination_strategy": MYSTERY}, "shared_expert_combination_strategy", MYSTERY),
        ({"layer_types": ABSENT, "sliding_window_pattern": 0}, "sliding_window_pattern", r"\b0\b"),
        ({"tie_word_embeddings": False}, r"tie_word_embeddings|lm_head\.weight"),
        NO_PARTIAL_ROTATION,
    ],
    "dbrx": [
        ({"tie_word_embeddings": True}, "tie_word_embeddings", "(?i)true"),
        ({"attn_config": ABSENT}, "attn_config"),
        ({"ffn_config": ABSENT}, "ffn_config"),
        ({"attn_config": {"kv_n_heads": 3, "clip_qkv": None, "rope_theta": 1e4}}, "kv_n_heads", r"\b3\b"),
        ({"attn_config": {"kv_n_heads": 2, "clip_qkv": -1.5, "rope_theta": 1e4}}, "clip_qkv", r"-1\.5"),
        *(({"ffn_config": {"ffn_hidden_size": 40, "moe_num_experts": 8, "moe_top_k": 3} | change}, *patterns) for change, *patterns in [
            ({"ffn_act_fn": {"name": MYSTERY}}, "ffn_act_fn", MYSTERY),
            ({"moe_top_k": 9}, "moe_top_k", r"\b9\b"),
            ({"moe_normalize_expert_weights": 0}, "moe_normalize_expert_weights", r"\b0\b"),
            ({"ffn_hidden_size": 41}, r"ffn_hidden_size|ffn\.experts\.mlp\.")]),
    ],
    "deepseek_v2": [
        ({"topk_method": MYSTERY}, "topk_method", MYSTERY),
        ({"n_group": 3}, "n_group", r"\b3\b"),
        ({"topk_group": 5}, "topk_group", r"\b5\b"),
        ({"topk_group": 1, "num_experts_per_tok": 5}, "num_experts_per_tok|topk_group"),
        ({"kv_lora_rank": 32}, "kv_lora_rank|kv_a_"),
        ({"n_shared_experts": 1}, r"n_shared_experts|mlp\.shared_experts\."),
    ],
    "deepseek_v3": [
        *groups(16), ({"scoring_func": MYSTERY}, "scoring_func", MYSTERY),
        ({"qk_rope_head_dim": 7}, "qk_rope_head_dim|kv_a_proj_with_mqa|q_b_proj"),
        *(({"quantization_config": {"quant_method": method, "bits": 4}}, r"quant_method|quantization_config", method)
          for method in ("gptq", "awq", "bitsandbytes", MYSTERY)),
    ],
    "deepseek_v3-fp8": [
        *(({"quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [32, 32]} | change}, *patterns)
          for change, *patterns in [
              ({"fmt": "e5m2"}, "fmt", "e5m2"),
              ({"quant_method": MYSTERY}, "quant_method", MYSTERY),
              ({"weight_block_size": [32]}, "weight_block_size"),
              ({"weight_block_size": [32, 0]}, "weight_block_size", r"\b0\b"),
              ({"weight_block_size": "32"}, "weight_block_size"),
              ({"weight_block_size": [16, 16]}, "weight_block_size|weight_scale_inv")]),
    ],
    "deepseek_v32": [
        *mlps(3), *groups(12),
        ({"layer_types": ["indexed_attention", FULL, "indexed_attention"]}, "layer_types", FULL),
        ({"layer_types": ["indexed_attention"] * 4}, "layer_types"),
        ({"index_topk": 0}, "index_topk", r"\b0\b"),
        ({"index_head_dim": 7}, "index_head_dim", r"\b7\b"),
        ({"index_head_dim": 20}, r"index_head_dim|indexer\."),
        ({"index_n_heads": 8}, r"index_n_heads|indexer\."),
        ({"q_lora_rank": None}, "q_lora_rank"),
        ({"scoring_func": MYSTERY}, "scoring_func", MYSTERY),
        NO_PARTIAL_ROTATION,
    ],
    "deepseek_v4": [
        ({"layer_types": [SLIDING, CSA, MYSTERY, HCA]}, "layer_types", MYSTERY),
        ({"layer_types": [SLIDING, CSA, HCA]}, "layer_types"),
        ({"layer_types": [SLIDING, HCA, HCA, HCA]}, r"layer_types|layers\.2\.attn\.compressor\."),
        ({"layer_types": ABSENT, "compress_ratios": [0, 8, 4, 128]}, "compress_ratios", r"\b8\b"),
        ({"layer_types": ABSENT, "compress_ratios": [0, 128, 4]}, "compress_ratios"),
        ({"mlp_layer_types": ["hash_moe", "moe", MYSTERY, "moe"]}, "mlp_layer_types", MYSTERY),
        ({"mlp_layer_types": ["hash_moe", "moe", "moe"]}, "mlp_layer_types"),
        ({"mlp_layer_types": ["hash_moe", "hash_moe", "moe", "moe"]}, r"layers\.1\.ffn\.gate\.tid2eid"),
        ({"compress_rates": {CSA: 0, HCA: 8}}, f"compress_rates.*{CSA}", r"\b0\b"),
        ({"compress_rate_csa": 5}, r"compress_rate_csa|layers\.2\.attn\.compressor\.ape"),
        ({"scoring_func": "softmax"}, "scoring_func", "softmax"),
        ({"o_groups": 3}, "o_groups", r"\b3\b"),
        ({"hc_mult": 3}, r"hc_mult|hc_\w*fn"),
        ({"hc_sinkhorn_iters": 0}, "hc_sinkhorn_iters", r"\b0\b"),
        ({"index_topk": 0}, "index_topk", r"\b0\b"),
        ({"index_head_dim": 6}, "index_head_dim", r"\b6\b"),
        ({"sliding_window": 0}, "sliding_window", r"\b0\b"),
        ({"swiglu_limit": 0}, "swiglu_limit", r"\b0\b"),
        ({"num_experts_per_tok": 13}, "num_experts_per_tok", r"\b13\b"),
        ({"num_experts_per_tok": 4}, r"num_experts_per_tok|tid2eid"),
        ({"vocab_size": 400}, r"vocab_size|embed_tokens|tid2eid"),
        ({"rope_parameters": {"main": {"rope_type": "default", "rope_theta": 1e4}}}, "rope_parameters", "compress"),
        ({"rope_parameters": {kind: {"rope_type": "foo", "rope_theta": 1e4} for kind in ("main", "compress")}}, "rope", "foo"),
        ({"rope_parameters": ABSENT, "partial_rotary_factor": 0.1}, "partial_rotary_factor", r"\b3 components"),
        ({"rope_parameters": ABSENT, "partial_rotary_factor": 2.0}, "partial_rotary_factor", r"\b2\b"),
        ({"rope_parameters": ABSENT, "compress_rope_theta": 0}, "compress_rope_theta", r"\b0\b"),
    ],
    "dots1": [*types(), *groups(12), ({"n_shared_experts": 3}, r"n_shared_experts|mlp\.shared_experts\.")],
    "ernie4_5_moe": [
        ({"moe_layer_interval": 0}, "moe_layer_interval", r"\b0\b"),
        ({"moe_k": 11}, "moe_k", r"\b11\b"),
        ({"moe_num_experts": 11}, r"moe_num_experts|mlp\."),
        ({"use_bias": True}, r"use_bias|\.bias"),
    ],
    "exaone_moe": [
        *types(), *mlps(4), *groups(12),
        ({"layer_types": ABSENT, "sliding_window_pattern": 0}, "sliding_window_pattern", r"\b0\b"),
        ({"sliding_window": -9}, "sliding_window", "-9"),
    ],
    "flex_olmo": [({"num_key_value_heads": 3}, "num_key_value_heads", r"\b3\b"), NO_PARTIAL_ROTATION],
    "glm4_moe": [
        *groups(12), ({"scoring_func": MYSTERY}, "scoring_func", MYSTERY),
        ({"partial_rotary_factor": 1.5}, "partial_rotary_factor", r"1\.5"),
        ({"partial_rotary_factor": -0.5}, "partial_rotary_factor", r"-0\.5"),
        ({"partial_rotary_factor": "0.5"}, "partial_rotary_factor"),
    ],
    "glm4_moe_lite": [*mlps(3), *groups(12), NO_PARTIAL_ROTATION],
    "glm_moe_dsa": [
        *mlps(3), *groups(12),
        ({"indexer_types": ["full", MYSTERY, "full"]}, "indexer_types", MYSTERY),
        ({"indexer_types": ["full", "full"]}, "indexer_types"),
        ({"indexer_types": ["shared", "full", "full"]}, "indexer_types", "shared"),
        ({"indexer_types": ABSENT, "index_topk_pattern": "FXS"}, "index_topk_pattern", "X"),
        ({"indexer_types": ABSENT, "index_topk_pattern": "FS"}, "index_topk_pattern"),
        ({"indexer_types": ABSENT, "index_topk_pattern": "SFF"}, "index_topk_pattern", r"\bS\b"),
        ({"layer_types": ["indexed_attention", "indexed_attention", MYSTERY]}, "layer_types", MYSTERY),
    ],
    "gpt_oss": [
        *types(), *types("chunked_attention"),
        ({"swiglu_limit": -7.0}, "swiglu_limit", "-7"),
        ({"sliding_window": -9}, "sliding_window", "-9"),
        ({"num_experts_per_tok": 9}, "num_experts_per_tok", r"\b9\b"),
    ],
    "granitemoe": [
        ({"logits_scaling": 0}, "logits_scaling", r"\b0\b"),
        ({"attention_multiplier": "0.2"}, "attention_multiplier", r"0\.2"),
        ({"hidden_act": MYSTERY}, "hidden_act", MYSTERY),
    ],
    "granitemoehybrid": [
        *types(), ({"position_embedding_type": MYSTERY}, "position_embedding_type", MYSTERY),
        ({"mamba_n_heads": 3}, "mamba_n_heads", r"\b3\b"),
        ({"mamba_n_groups": 3}, "mamba_n_groups", r"\b3\b"),
        ({"mamba_d_head": MYSTERY}, "mamba_d_head", MYSTERY),
        ({"mamba_d_state": 8}, r"mamba_d_state|layers\.0\.mamba\."),
        ({"mamba_d_conv": 3}, r"mamba_d_conv|layers\.0\.mamba\.conv1d"),
        ({"mamba_proj_bias": True}, r"mamba_proj_bias|layers\.0\.mamba\.in_proj\.bias"),
        ({"layer_types": [FULL, FULL, LINEAR, FULL]}, r"layer_types|layers\.0\.self_attn\."),
        ({"time_step_limit": [0.0]}, "time_step_limit"),
        ({"time_step_limit": [1.0, 0.5]}, "time_step_limit", r"0\.5"),
        ({"time_step_limit": [0.0, {"__float__": MYSTERY}]}, "time_step_limit", MYSTERY),
    ],
    "granitemoeshared": [
        ({"shared_intermediate_size": 48}, r"shared_intermediate_size|shared_mlp\."),
        ({"tie_word_embeddings": False}, r"tie_word_embeddings|lm_head\.weight"),
    ],
    "hunyuan_v1_moe": [
        ({"moe_topk": [3, 3]}, "moe_topk"),
        ({"moe_topk": [3, 9, 3]}, "moe_topk", r"\b9\b"),
        ({"moe_topk": [3, 0, 3]}, "moe_topk", r"\b0\b"),
        ({"moe_topk": 9}, "moe_topk", r"\b9\b"),
        ({"rope_scaling": {"type": "dynamic"}}, "factor|alpha"),
        ({"rope_scaling": {"type": "dynamic", "alpha": MYSTERY, "factor": 1.0}}, "alpha", MYSTERY),
    ],
    "hy_v3": [*mlps(3), ({"num_shared_experts": 2}, r"num_shared_experts|mlp\.shared_mlp\."), NO_PARTIAL_ROTATION],
    "jamba": [
        ({"attn_layer_offset": 4}, "attn_layer_offset", r"\b4\b"),
        ({"attn_layer_offset": 1}, r"attn_layer_offset|layers\.1\.self_attn\."),
        ({"expert_layer_period": 0}, "expert_layer_period", r"\b0\b"),
        ({"expert_layer_period": 1, "expert_layer_offset": 0}, r"expert_layer_period|layers\.0\.feed_forward\."),
        ({"num_experts_per_tok": 7}, "num_experts_per_tok", r"\b7\b"),
        ({"mamba_dt_rank": MYSTERY}, "mamba_dt_rank", MYSTERY),
        ({"mamba_dt_rank": 4}, r"mamba_dt_rank|layers\.0\.mamba\.x_proj"),
        ({"mamba_d_state": 16}, r"mamba_d_state|layers\.0\.mamba\."),
        ({"mamba_expand": 3}, r"mamba_expand|layers\.0\.mamba\."),
    ],
    "kimi_linear": [
        *types(), *types(SLIDING), *mlps(4),
        ({"linear_num_heads": 3}, r"linear_num_heads|self_attn\.q_proj"),
        ({"linear_conv_kernel_dim": 3}, r"linear_conv_kernel_dim|q_conv1d\.weight"),
        ({"linear_attn_config": {"num_heads": 0}}, "num_heads", r"\b0\b"),
        *(({"layer_types": ABSENT, "linear_attn_config": lists}, "full_attn_layers|kda_layers", rf"\b{layer}\b") for lists, layer in [
            ({"full_attn_layers": [4], "kda_layers": [1, 2]}, 3), ({"full_attn_layers": [3, 4], "kda_layers": [1, 2, 3]}, 3),
            ({"full_attn_layers": [4, 5], "kda_layers": [1, 2, 3]}, 5), ({"full_attn_layers": [0, 4]}, 0), ({"kda_layers": [1, 2, 9]}, 9)]),
        ({"moe_router_activation_func": MYSTERY}, "moe_router_activation_func", MYSTERY),
        ({"num_expert_group": 5, "topk_group": 2}, "n_group|num_expert_group", r"\b5\b"),
        ({"num_experts_per_token": 13}, "num_experts_per_token", r"\b13\b"),
        ({"model_max_length": ABSENT}, "max_position_embeddings"),
    ],
    "laguna": [
        *types(), *mlps(4),
        ({"moe_apply_router_weight_on_input": True}, "moe_apply_router_weight_on_input", "(?i)true"),
        ({"num_attention_heads_per_layer": [4, 4, 4]}, "num_attention_heads_per_layer"),
        ({"num_attention_heads_per_layer": [4, 3, 4, 4]}, "num_attention_heads_per_layer", r"\b3\b"),
        ({"num_attention_heads_per_layer": [4, 8, 4, 4]}, r"num_attention_heads_per_layer|model\.layers\.1\.self_attn\."),
        ({"gating": False}, r"gating|self_attn\.g_proj"),
        ({"rope_parameters": {"full_attention": {"rope_type": "foo", "rope_theta": 1e4}}}, "rope", "foo"),
        ({"layer_types": [FULL, SLIDING, FULL, FULL], "rope_parameters": {"full_attention": {"rope_theta": 1e4}}},
         "rope_parameters", SLIDING),
    ],
    "lfm2_moe": [
        *types(), ({"layer_types": ABSENT}, "layer_types"),
        ({"conv_L_cache": 4}, r"conv_L_cache|layers\.0\.conv\.conv"),
        ({"conv_bias": True}, r"conv_bias|layers\.0\.conv\.in_proj\.bias"),
        ({"num_experts_per_tok": 11}, "num_experts_per_tok", r"\b11\b"),
        ({"num_dense_layers": 0}, r"num_dense_layers|layers\.0\.feed_forward\."),
        ({"tie_embedding": False}, r"tie_embedding|lm_head\.weight"),
    ],
    "llama4_text": [
        *types(),
        ({"no_rope_layers": [1, 1, 1]}, "no_rope_layers"),
        ({"no_rope_layers": ABSENT, "no_rope_layer_interval": 0}, "no_rope_layer_interval", r"\b0\b"),
        ({"moe_layers": ABSENT, "interleave_moe_layer_step": 0}, "interleave_moe_layer_step", r"\b0\b"),
        ({"moe_layers": [0, 2, 3]}, r"moe_layers|model\.layers\.1\.feed_forward\."),
        ({"attention_chunk_size": 0}, "attention_chunk_size", r"\b0\b"),
        ({"floor_scale": 0}, "floor_scale", r"\b0\b"),
        ({"model_type": "llama4"}, "text_config"),
        NO_PARTIAL_ROTATION,
    ],
    "mimo_v2_flash": [
        *types(), *mlps(4), *groups(12),
        ({"v_head_dim": 16}, "v_head_dim|v_proj"),
        ({"rope_parameters": {"full_attention": {"rope_theta": 1e4}}}, "rope_parameters", SLIDING),
        ({"rope_parameters": {kind: {"rope_theta": 1e4, "partial_rotary_factor": 2.0} for kind in (FULL, SLIDING)}},
         "partial_rotary_factor", r"\b2"),
        ({"sliding_window": -9}, "sliding_window", "-9"),
    ],
    "minimax": [
        *types(), *types(SLIDING),
        ({"block_size": 16}, r"block_size|query_decay"),
        ({"block_size": 0}, "block_size", r"\b0\b"),
        ({"num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 8}, r"slope_rate|query_decay|self_attn\.k_proj"),
        ({"num_experts_per_tok": 9}, "num_experts_per_tok", r"\b9\b"),
        ({"linear_attn_beta_factor": "1"}, "linear_attn_beta_factor"),
        NO_PARTIAL_ROTATION,
    ],
    "minimax_m2": [
        ({"scoring_func": MYSTERY}, "scoring_func", MYSTERY),
        ({"rope_parameters": ABSENT, "rope_theta": 1e4, "rotary_dim": 40}, "rotary_dim|partial_rotary_factor"),
        ({"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 1.5}}, "partial_rotary_factor", r"1\.5"),
        ({"num_experts_per_tok": 13}, "num_experts_per_tok", r"\b13\b"),
    ],
    "longcat_flash": [
        ({"moe_topk": 13}, "moe_topk", r"\b13\b"),
        ({"moe_topk": 0}, "moe_topk", r"\b0\b"),
        ({"n_routed_experts": 0}, "n_routed_experts", r"\b0\b"),
        ({"n_routed_experts": 9}, r"n_routed_experts|mlp\.router"),
        ({"zero_expert_num": 5}, r"zero_expert_num|mlp\.router"),
        ({"zero_expert_num": -1}, "zero_expert_num", "-1"),
        ({"zero_expert_type": MYSTERY}, "zero_expert_type", MYSTERY),
        ({"attention_method": MYSTERY}, "attention_method", MYSTERY),
        ({"q_lora_rank": None}, "q_lora_rank"),
        ({"num_layers": ABSENT}, "num_layers"),
        ({"num_layers": 3}, r"num_layers|model\.layers\.2\."),
        ({"num_key_value_heads": 2}, "num_key_value_heads", r"\b2\b"),
        ({"ffn_hidden_size": 63}, r"ffn_hidden_size|mlps\.0\."),
    ],
    "mistral4": [*groups(12), ({"moe_intermediate_size": 32}, "moe_intermediate_size|gate_up_proj|down_proj")],
    "nemotron_h": [
        ({"layers_block_type": [LINEAR, "moe", MYSTERY, "moe", "mlp"]}, "layers_block_type", MYSTERY),
        ({"layers_block_type": ABSENT, "layer_types": [LINEAR, MYSTERY]}, "layer_types", MYSTERY),
        ({"layers_block_type": ABSENT, "hybrid_override_pattern": "ME?E-"}, "hybrid_override_pattern", r"\?"),
        ({"layers_block_type": [LINEAR, "moe", FULL, "moe", "mlp", "mlp"]}, r"layers_block_type|backbone\.layers\.5\."),
        ({"layers_block_type": ["moe", "moe", FULL, "moe", "mlp"]}, r"layers_block_type|backbone\.layers\.0\.mixer\."),
        ({"n_groups": 3}, "n_groups", r"\b3\b"),
        ({"mamba_num_heads": 8}, r"mamba_num_heads|layers\.0\.mixer\."),
        ({"ssm_state_size": 8}, r"ssm_state_size|layers\.0\.mixer\."),
        ({"mlp_hidden_act": MYSTERY}, "mlp_hidden_act", MYSTERY),
        ({"mamba_hidden_act": MYSTERY}, "mamba_hidden_act", MYSTERY),
        ({"moe_latent_size": 16}, r"moe_latent_size|layers\.1\.mixer\."),
        ({"n_group": 3}, "n_group", r"\b3\b"),
        ({"num_experts_per_tok": 11}, "num_experts_per_tok", r"\b11\b"),
        ({"num_key_value_heads": 3}, "num_key_value_heads", r"\b3\b"),
    ],
    "phimoe": [
        (longrope(short_mscale=ABSENT), "short_mscale"),
        (longrope(long_mscale=ABSENT), "long_mscale"),
        (longrope(long_factor=[2.0] * 7), "long_factor"),
        ({"router_jitter_noise": -0.01}, "router_jitter_noise", r"-0\.01"),
        ({"num_local_experts": 7}, r"num_local_experts|block_sparse_moe"),
        NO_PARTIAL_ROTATION,
    ],
    "qwen2_moe": [
        *(({"use_sliding_window": True, "sliding_window": 5} | change, *patterns) for change, *patterns in types()),
        ({"decoder_sparse_step": 0}, "decoder_sparse_step", r"\b0\b"),
        ({"shared_expert_intermediate_size": 48}, "shared_expert"),
    ],
    "qwen3_5_moe_text": [
        *types(), *types(SLIDING),
        ({"full_attention_interval": 0, "layer_types": ABSENT}, "full_attention_interval", r"\b0\b"),
        ({"linear_num_value_heads": 3}, "linear_num_value_heads", r"\b3\b"),
        ({"linear_num_key_heads": 0}, "linear_num_key_heads", r"\b0\b"),
        ({"linear_value_head_dim": 15}, r"linear_value_head_dim|in_proj_qkv\.weight"),
        ({"linear_conv_kernel_dim": 0}, "linear_conv_kernel_dim", r"\b0\b"),
        ({"partial_rotary_factor": 1.5}, "partial_rotary_factor", r"1\.5"),
        ({"model_type": "qwen3_5_moe"}, "text_config"),
    ],
    "qwen3_next": [
        *types(), *types(SLIDING),
        ({"full_attention_interval": 0, "layer_types": ABSENT}, "full_attention_interval", r"\b0\b"),
        ({"layer_types": ["linear_attention"] * 4}, r"layers\.3\.linear_attn\."),
        ({"linear_num_value_heads": 5}, "linear_num_value_heads", r"\b5\b"),
        ({"linear_key_head_dim": 8}, r"linear_key_head_dim|in_proj_qkvz\.weight"),
        ({"linear_conv_kernel_dim": 5}, r"linear_conv_kernel_dim|conv1d\.weight"),
        ({"decoder_sparse_step": 0}, "decoder_sparse_step", r"\b0\b"),
    ],
    "qwen3_moe": [
        NO_PARTIAL_ROTATION,
        ({"decoder_sparse_step": 0}, "decoder_sparse_step", r"\b0\b"),
        *(({"quantization_config": {"quant_method": method, "bits": 4, "group_size": 128}}, "quant_method", method)
          for method in ("gptq", "awq")),
    ],
    "solar_open": [*groups(12), NO_PARTIAL_ROTATION],
    "switch_transformers": [
        ({"dense_act_fn": MYSTERY}, "dense_act_fn", MYSTERY),
        ({"d_kv": 13}, "d_kv|SelfAttention"),
        ({"expert_capacity": -1}, "expert_capacity", "-1"),
        ({"num_sparse_encoder_layers": -1}, "num_sparse_encoder_layers", "-1"),
        ({"relative_attention_num_buckets": 16}, "relative_attention_num_buckets|relative_attention_bias"),
        ({"num_experts": 7}, r"num_experts|expert_6|router\.classifier"),
    ],
}

# By folder: a tensor without which nothing can be computed.
TENSORS = {
    "afmoe": "model.layers.1.mlp.expert_bias",
    "deepseek_v3": "model.layers.1.mlp.gate.e_score_correction_bias",
    "deepseek_v3-fp8": "model.layers.0.self_attn.o_proj.weight_scale_inv",
    "deepseek_v32": "model.layers.2.self_attn.indexer.k_norm.bias",
    "deepseek_v4": "model.layers.0.ffn.gate.tid2eid",
    "ernie4_5_moe": "model.layers.1.mlp.moe_statics.e_score_correction_bias",
    "exaone_moe": "model.layers.1.mlp.e_score_correction_bias",
    "glm_moe_dsa": "model.layers.1.self_attn.indexer.weights_proj.weight",
    "gpt_oss": "model.layers.1.self_attn.sinks",
    "gpt_oss-mxfp4": "model.layers.2.mlp.experts.down_proj_scales",
    "granitemoehybrid": "model.layers.0.mamba.dt_bias",
    "granitemoeshared": "model.layers.1.shared_mlp.output_linear.weight",
    "hunyuan_v1_moe": "model.layers.2.self_attn.query_layernorm.weight",
    "hy_v3": "model.layers.1.mlp.expert_bias",
    "jamba": "model.layers.0.mamba.A_log",
    "kimi_linear": "model.layers.1.self_attn.A_log",
    "laguna": "model.layers.1.mlp.experts.e_score_correction_bias",
    "lfm2_moe": "model.layers.1.feed_forward.expert_bias",
    "llama4_text": "model.layers.1.feed_forward.experts.down_proj",
    "longcat_flash": "model.layers.1.mlp.router.e_score_correction_bias",
    "mimo_v2_flash": "model.layers.1.self_attn.attention_sink_bias",
    "minimax": "model.layers.2.self_attn.output_gate.weight",
    "minimax_m2": "model.layers.1.block_sparse_moe.e_score_correction_bias",
    "mistral4": "model.layers.1.mlp.experts.gate_up_proj",
    "nemotron_h": "backbone.layers.0.mixer.conv1d.bias",
    "phimoe": "model.layers.1.input_layernorm.bias",
    "qwen2_moe": "model.layers.0.mlp.shared_expert_gate.weight",
    "qwen3_5_moe_text": "model.layers.2.linear_attn.in_proj_b.weight",
    "qwen3_next": "model.layers.0.linear_attn.dt_bias",
    "switch_transformers": "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
}


def edit_config(folder, changes):
    file = folder / "config.json"
    file.write_text(json.dumps(without_absent(json.loads(file.read_text()) | changes)))


def without_absent(value):
    if not isinstance(value, dict):
        return value
    return {key: without_absent(inner) for key, inner in value.items() if inner is not ABSENT}


def edit_header(file, change):
    """change alters the header in place; the tensors' bytes stay as they are."""
    data = file.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])


class Refusals(unittest.TestCase):
    def copy_of(self, family):
        directory = tempfile.TemporaryDirectory(prefix="moe-refusal-")
        self.addCleanup(directory.cleanup)
        folder = pathlib.Path(directory.name) / family
        shutil.copytree(CHECKPOINTS / family, folder, ignore=shutil.ignore_patterns("golden.*"))
        return folder

    def check_refused(self, folder, *patterns):
        """Every pattern must be found in the message of the error."""
        run = subprocess.run([MOE_DEVTOOLS, "inspect", str(folder), "--json"], capture_output=True, text=True, timeout=600)
        self.assertNotEqual(run.returncode, 0, f"not refused; looked for {patterns}")
        self.assertEqual(run.returncode, 2, run.stdout + run.stderr)
        self.assertTrue(run.stdout, f"nothing on stdout; stderr: {run.stderr}")
        error = json.loads(run.stdout.splitlines()[-1])
        self.assertEqual(error["kind"], "error")
        self.assertRegex(error["id"], r"^MOE\d{4}$")
        for pattern in patterns:
            self.assertRegex(error["message"], pattern)
        return error

    def check_configs(self, family, cases):
        """cases: (changes to config.json, patterns)"""
        for changes, *patterns in cases:
            with self.subTest(family, **{key: "absent" if value is ABSENT else without_absent(value) for key, value in changes.items()}):
                folder = self.copy_of(family)
                edit_config(folder, changes)
                self.check_refused(folder, *patterns)

    # --- what is not supported, by name

    def test_unknown_value(self):
        self.check_configs("mixtral", [
            ({"model_type": "mystery_moe"}, "model_type", "mystery_moe"),
            ({"model_type": ABSENT}, "model_type"),
            ({"hidden_act": "mystery"}, "hidden_act", "mystery"),
            ({"rope_scaling": {"rope_type": "foo", "factor": 2.0}}, "rope", "foo"),
            ({"rope_scaling": {"type": "foo", "factor": 2.0}}, "rope", "foo"),
            ({"rope_scaling": ABSENT, "rope_theta": ABSENT, "rope_parameters": {"rope_type": "foo", "rope_theta": 1e4}}, "rope", "foo"),
        ])

    def test_missing_or_mistyped_value(self):
        self.check_configs("mixtral", [
            ({"hidden_size": ABSENT}, "hidden_size"),
            ({"hidden_size": "64"}, "hidden_size"),
            ({"num_hidden_layers": 2.5}, "num_hidden_layers"),
            ({"rope_scaling": {"rope_type": "linear"}}, "factor"),
            ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "high_freq_factor": 4.0}}, "low_freq_factor"),
            ({"rope_scaling": {"rope_type": "longrope", "factor": 2.0, "short_factor": [1.0] * 8}}, "long_factor"),
            ({"rope_scaling": {"rope_type": "longrope", "factor": 2.0, "long_factor": [1.0] * 8, "short_factor": [1.0] * 3}},
             "short_factor"),
        ])

    # --- numbers that contradict each other or the tensors

    def test_contradictory_numbers(self):
        self.check_configs("mixtral", [
            ({"num_key_value_heads": 3}, "num_key_value_heads"),
            ({"num_experts_per_tok": 9}, "num_experts_per_tok"),
            ({"num_experts_per_tok": 0}, "num_experts_per_tok"),
            ({"sliding_window": -3}, "sliding_window"),
        ])

    def test_contradictory_groups(self):
        self.check_configs("deepseek_v3", [
            ({"n_group": 3}, "n_group"),
            ({"n_group": 16}, "n_group"),                     # a group's score is the sum of its two best, and each has one
            ({"topk_group": 5}, "topk_group"),
            ({"num_experts_per_tok": 9}, "num_experts_per_tok|topk_group"),   # the two kept groups have eight experts
        ])

    def test_sizes_unlike_the_tensors(self):
        self.check_configs("mixtral", [
            ({"hidden_size": 80, "head_dim": 16}, r"hidden_size|\.weight"),
            ({"vocab_size": 400}, r"vocab_size|model\.embed_tokens\.weight|lm_head\.weight"),
            ({"num_hidden_layers": 4}, r"num_hidden_layers|model\.layers\.3\."),
            ({"num_local_experts": 9}, r"num_local_experts|block_sparse_moe"),
        ])
        self.check_configs("deepseek_v3", [({"q_lora_rank": 48}, "q_lora_rank|q_a_")])

    # --- stored forms

    def test_missing_tensor_of_a_family(self):
        for family, name in TENSORS.items():
            with self.subTest(family):
                folder = self.copy_of(family)
                (file,) = [file for file in folder.glob("*.safetensors") if name.encode() in file.read_bytes()]
                edit_header(file, lambda header: header.update({"renamed": header.pop(name)}))
                pattern = re.escape(name.removesuffix("_scale_inv"))
                self.check_refused(folder, pattern.replace(r"experts\.", r"experts\.(\d+\.)?"))       # of one expert, or of all

    def check_stored(self, family, cases):
        """cases: name of a tensor, changes to its entry in the header, patterns"""
        for name, changes, *patterns in cases:
            with self.subTest(name, **changes):
                folder = self.copy_of(family)
                edit_header(folder / "model.safetensors", lambda header: header[name].update(changes))
                self.check_refused(folder, re.escape(name), *patterns)

    def test_fp8_tensors(self):
        p = "model.layers.0.mlp.gate_proj.weight"                # [96, 64], so that the scales are [3, 2]
        self.check_stored("deepseek_v3-fp8", [
            (f"{p}_scale_inv", {"shape": [2, 3]}),
            (f"{p}_scale_inv", {"shape": [6]}),
            (f"{p}_scale_inv", {"dtype": "I32"}, "I32"),
            (p, {"dtype": "F8_E5M2"}, "F8_E5M2"),
            (p, {"dtype": "I8"}, "I8"),
        ])

    def test_fp8_without_its_config(self):
        folder = self.copy_of("deepseek_v3-fp8")
        edit_config(folder, {"quantization_config": ABSENT})
        self.check_refused(folder, r"quantization_config|F8_E4M3")

    def test_mxfp4_tensors(self):
        p = "model.layers.0.mlp.experts.gate_up_proj"            # of 8 experts, 64 outputs and two blocks of 32 inputs
        self.check_stored("gpt_oss-mxfp4", [
            (f"{p}_scales", {"shape": [8, 128]}),
            (f"{p}_scales", {"shape": [8, 2, 64]}),
            (f"{p}_scales", {"dtype": "I8"}, "I8"),
            (f"{p}_blocks", {"shape": [8, 64, 32]}),
            (f"{p}_blocks", {"shape": [8, 64, 4, 8]}),
            (f"{p}_blocks", {"shape": [8, 32, 4, 16]}),
            (f"{p}_blocks", {"dtype": "I8"}, "I8"),
        ])

    def test_tensors_of_a_state(self):
        for family, name, shape in [
            ("granitemoehybrid", "model.layers.0.mamba.A_log", [2, 2]), ("granitemoehybrid", "model.layers.0.mamba.conv1d.weight", [160, 4, 1]),
            ("jamba", "model.layers.0.mamba.A_log", [8, 128]), ("jamba", "model.layers.0.mamba.conv1d.weight", [128, 4]),
            ("kimi_linear", "model.layers.0.self_attn.A_log", [4]), ("kimi_linear", "model.layers.0.self_attn.dt_bias", [4, 16]),
            ("kimi_linear", "model.layers.0.self_attn.k_conv1d.weight", [64, 4]), ("minimax", "model.layers.0.self_attn.slope_rate", [4]),
            ("minimax", "model.layers.0.self_attn.key_decay", [8, 4, 1]), ("minimax", "model.layers.0.self_attn.diagonal_decay", [4, 8, 8]),
            ("qwen3_5_moe_text", "model.layers.0.linear_attn.conv1d.weight", [128, 4, 1]),
            ("qwen3_next", "model.layers.0.linear_attn.A_log", [1, 4]), ("qwen3_next", "model.layers.0.linear_attn.conv1d.weight", [4, 1, 128])]:
            self.check_stored(family, [(name, {"shape": shape})])
        self.check_stored("jamba", [("model.layers.0.mamba.D", {"dtype": "I16"}, "I16")])

    def test_decay_unlike_the_formula(self):
        folder, name = self.copy_of("minimax"), "model.layers.2.self_attn.slope_rate"
        file = folder / "model.safetensors"
        data = bytearray(file.read_bytes())
        (length,) = struct.unpack_from("<Q", data)
        start, _ = json.loads(data[8:8 + length])[name]["data_offsets"]
        struct.pack_into("<f", data, 8 + length + start + 4, 1.5)          # of head 1
        file.write_bytes(data)
        self.assertEqual(self.check_refused(folder, re.escape(name), r"\b1\b", r"1\.5")["id"], "MOE2031")

    def test_tables_of_token_ids_and_state_tensors(self):
        table = "model.layers.0.ffn.gate.tid2eid"
        self.check_stored("deepseek_v4", [
            (table, {"shape": [160, 6]}),
            (table, {"shape": [960]}),
            (table, {"dtype": "F64"}),
            ("model.layers.2.attn.compressor.ape", {"shape": [8, 32]}),
            ("model.layers.1.hc_attn_fn", {"shape": [128, 8]}),
        ])

    def test_a_token_id_that_goes_to_no_expert(self):
        folder = self.copy_of("deepseek_v4")
        file, name = folder / "model.safetensors", "model.layers.0.ffn.gate.tid2eid"
        data = bytearray(file.read_bytes())
        (length,) = struct.unpack_from("<Q", data)
        begin = 8 + length + json.loads(data[8:8 + length])[name]["data_offsets"][0]
        struct.pack_into("<q", data, begin + 8 * (3 * 17 + 1), 12)
        file.write_bytes(data)
        self.check_refused(folder, re.escape(name), r"\b17\b", r"\b12\b")

    # --- files

    def test_pickles_alone(self):
        folder = self.copy_of("olmoe")
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        error = self.check_refused(folder, r"pytorch_model\.bin")
        self.assertRegex(error["advice"], "(?i)convert.*safetensors")

    def test_missing_tensor(self):
        folder, name = self.copy_of("olmoe"), "model.layers.1.mlp.experts.3.up_proj.weight"
        edit_header(folder / "model.safetensors", lambda header: header.update({"renamed": header.pop(name)}))
        self.check_refused(folder, re.escape(name))

    def test_wrong_shape(self):
        folder, name = self.copy_of("olmoe"), "model.layers.0.mlp.gate.weight"
        edit_header(folder / "model.safetensors", lambda header: header[name]["shape"].reverse())
        self.check_refused(folder, re.escape(name))

    def test_weight_of_integers(self):
        folder, name = self.copy_of("olmoe"), "model.layers.2.self_attn.o_proj.weight"
        edit_header(folder / "model.safetensors", lambda header: header[name].update(dtype="I16"))
        self.check_refused(folder, re.escape(name), "I16")

    def test_missing_shard(self):
        folder = self.copy_of("mixtral")
        (folder / "model-00003-of-00007.safetensors").unlink()
        self.check_refused(folder, r"model-00003-of-00007\.safetensors")

    def test_index_names_the_wrong_shard(self):
        folder, name = self.copy_of("mixtral"), "model.norm.weight"
        index = folder / "model.safetensors.index.json"
        content = json.loads(index.read_text())
        content["weight_map"][name] = "model-00001-of-00007.safetensors"
        index.write_text(json.dumps(content))
        self.assertNotIn(name.encode(), (folder / "model-00001-of-00007.safetensors").read_bytes())
        self.check_refused(folder, re.escape(name))

    def test_no_config(self):
        folder = self.copy_of("olmoe")
        (folder / "config.json").unlink()
        self.check_refused(folder, r"config\.json")

    def test_truncated_config(self):
        folder = self.copy_of("olmoe")
        file = folder / "config.json"
        file.write_text(file.read_text()[:200])
        self.check_refused(folder, r"config\.json")


for checkpoint, refused in CONFIGS.items():
    setattr(Refusals, f"test_configs_{checkpoint}", lambda self, family=checkpoint, cases=refused: self.check_configs(family, cases))


if __name__ == "__main__":
    unittest.main()
