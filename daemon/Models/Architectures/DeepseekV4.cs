using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// DeepSeek-V4: several residual streams, attention on a window and on compressed entries, square roots of softplus as scores, and first layers whose experts are looked up by token id.
/// Tensors under <c>mtp.</c> are prediction heads and are not run.
/// </summary>
internal static class DeepseekV4
{
    public static readonly Family Family = new("deepseek_v4", Build);

    private const string Sparse = "compressed_sparse_attention", Heavy = "heavily_compressed_attention";

    // As the first checkpoints have them.
    private static readonly (string From, string To)[] Original = [("model.embed_tokens.", "embed."), ("model.hc_head.hc_", "hc_head_"), ("model.", "")];

    // As the reference has them inside.
    private static readonly (string From, string To)[] Internal =
    [
        (".attn.indexer.compressor.", ".self_attn.compressor.indexer."), (".attn.indexer.weights_proj.", ".self_attn.compressor.indexer.scorer.weights_proj."),
        (".attn.indexer.", ".self_attn.compressor.indexer."), (".attn.attn_sink", ".self_attn.sinks"), (".attn.", ".self_attn."),
        (".self_attn.norm.", ".self_attn.kv_norm."), (".compressor.norm.", ".compressor.kv_norm."), (".indexer.norm.", ".indexer.kv_norm."),
        (".wgate.", ".gate_proj."), (".ape", ".position_bias"), (".wq_a.", ".q_a_proj."), (".q_norm.", ".q_a_norm."), (".wq_b.", ".q_b_proj."), (".wkv.", ".kv_proj."),
        (".wo_a.", ".o_a_proj."), (".wo_b.", ".o_b_proj."), (".attn_norm.", ".input_layernorm."), (".ffn_norm.", ".post_attention_layernorm."),
        (".hc_attn_", ".attn_hc."), (".hc_ffn_", ".ffn_hc."), (".ffn.gate.bias", ".mlp.gate.e_score_correction_bias"), (".ffn.", ".mlp."),
        (".w1.", ".gate_proj."), (".w3.", ".up_proj."), (".w2.", ".down_proj."), ("head.weight", "lm_head.weight"),
    ];

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        weights.Spell(Original, Internal);
        var frame = DecoderFrame.Read(config) with { HeadName = "head" };
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-6);
        var streams = new Streams(weights, hidden, config.Int("hc_mult", 4, least: 1), config.Int("hc_sinkhorn_iters", 20, least: 1), (float)config.Number("hc_eps", 1e-6), (float)eps);
        var inner = config.IntOf("moe_intermediate_size", "intermediate_size");
        var bias = config.Bool("mlp_bias", false);
        var types = LayerTypes(config, frame.Layers);
        var attention = new Attentions(config, weights, hidden, eps);
        var hashed = config.Int("num_hash_layers", 3);
        var byToken = LayerLists.Words(config, "mlp_layer_types", frame.Layers, layer => layer < hashed ? "hash_moe" : "moe", "hash_moe", "moe");
        var rule = Rule(config);
        var moe = new ExpertsBuilder(weights, hidden, new MlpActivation(ActivationNames.Read(config), (float)config.Positive("swiglu_limit", 10)));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new HyperLayer(
                streams.Mix($"{name}.hc_attn_"), weights.RmsNorm($"{name}.attn_norm", hidden, eps), attention.Build($"{name}.attn", types[layer]),
                streams.Mix($"{name}.hc_ffn_"), weights.RmsNorm($"{name}.ffn_norm", hidden, eps), Experts(layer, $"{name}.ffn"));
        }, streams.Read("model.hc_head.hc_"));

        MixtureOfExperts Experts(int layer, string name)
        {
            var looksUp = byToken[layer] == "hash_moe";
            var own = looksUp ? rule with { Ranks = RankedValues.TokenTable } : rule with { Bias = weights.RuleData($"{name}.gate.bias", rule.Experts) };
            return moe.Build(layer, $"{name}.gate", own, weights.Experts($"{name}.experts", rule.Experts, inner, hidden, MlpNames.Numbered)) with
            {
                Table = looksUp ? weights.TokenTable($"{name}.gate.tid2eid", frame.Vocabulary, own) : null,
                Shared = moe.Dense(weights.Mlp($"{name}.shared_experts", inner, hidden, bias, MlpNames.Numbered)),
            };
        }
    }

    private static RouterRule Rule(ConfigSection config)
    {
        RuleConfig.Only(config, "topk_method", "noaux_tc");
        return RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("n_routed_experts", "num_local_experts"),
            K = config.Int("num_experts_per_tok", 6),
            Scores = config.Text("scoring_func", "sqrtsoftplus") switch
            {
                "sqrtsoftplus" => ScoreFunction.SqrtSoftplus,
                "sigmoid" => ScoreFunction.Sigmoid,
                var other => throw config.Unsupported("scoring_func", other, "sqrtsoftplus, sigmoid"),
            },
            Normalise = true,
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("routed_scaling_factor", 1.5),
        });
    }

    /// <summary><c>layer_types</c>, or what the older <c>compress_ratios</c> say of each layer; entries past the layers are those of prediction heads.</summary>
    private static IReadOnlyList<string> LayerTypes(ConfigSection config, int layers)
    {
        const string Ratios = "compress_ratios";
        if (config.Has("layer_types") || config.Ints(Ratios) is not { } ratios)
        {
            return LayerLists.Attention(
                config, layers, absent: layer => layer < 2 || layer % 2 == 0 ? Heavy : Sparse, LayerLists.Sliding, Sparse, Heavy);
        }
        if (ratios.Count < layers)
            throw config.Unsupported(Ratios, string.Create(CultureInfo.InvariantCulture, $"{ratios.Count} entries"), string.Create(CultureInfo.InvariantCulture, $"{layers} or more, one a layer"));
        return [.. ratios.Take(layers).Select(ratio => ratio switch
        {
            0 => LayerLists.Sliding,
            4 => Sparse,
            128 => Heavy,
            _ => throw config.Unsupported(Ratios, ratio.ToString(CultureInfo.InvariantCulture), "0, 4, 128"),
        })];
    }

    /// <summary>The hyper-connections of the model.</summary>
    private sealed record Streams(WeightLoader Weights, int Hidden, int Count, int Iterations, float Epsilon, float NormEpsilon)
    {
        public HyperConnection Mix(string prefix) => Make(prefix, (2 + Count) * Count, 3);

        public HyperConnection Read(string prefix) => Make(prefix, Count, 1);

        private HyperConnection Make(string prefix, int outputs, int parts) => new(
            Count, new Linear(Weights.Matrix($"{prefix}fn", outputs, Count * Hidden), null), Weights.Vector($"{prefix}base", outputs), Weights.Vector($"{prefix}scale", parts),
            Iterations, Epsilon, NormEpsilon);
    }

    /// <summary>The attentions of the model, by type of layer.</summary>
    private sealed class Attentions(ConfigSection config, WeightLoader weights, int hidden, double eps)
    {
        private readonly int _heads = config.Int("num_attention_heads", 64, least: 1);
        private readonly int _size = config.Int("head_dim", 512, least: 1);
        private readonly int _rank = config.Int("q_lora_rank", 1024, least: 1);
        private readonly int _groups = config.Int("o_groups", 8, least: 1);
        private readonly int _outputRank = config.Int("o_lora_rank", 1024, least: 1);
        private readonly int _window = config.Int("sliding_window", 128, least: 1);
        private readonly Lazy<Rope> _main = new(() => ReadRope(config, "main"));
        private readonly Lazy<Rope> _compress = new(() => ReadRope(config, "compress"));

        public CompressedAttention Build(string name, string type)
        {
            if (_heads * _size % _groups != 0) throw config.Contradiction($"o_groups = {_groups} does not divide the {_heads} heads of {_size}");
            var rope = (type == LayerLists.Sliding ? _main : _compress).Value;
            return new CompressedAttention
            {
                Heads = _heads,
                HeadSize = _size,
                QA = weights.Linear($"{name}.wq_a", _rank, hidden),
                QNorm = weights.RmsNorm($"{name}.q_norm", _rank, eps),
                QB = weights.Linear($"{name}.wq_b", _heads * _size, _rank),
                HeadNorm = new RmsNorm(null, _size, (float)eps),
                Kv = weights.Linear($"{name}.wkv", _size, hidden),
                KvNorm = weights.RmsNorm($"{name}.norm", _size, eps),
                Sinks = weights.Vector($"{name}.attn_sink", _heads),
                OA = weights.Matrix($"{name}.wo_a.weight", _groups * _outputRank, _heads * _size / _groups),
                Groups = _groups,
                OB = weights.Linear($"{name}.wo_b", hidden, _groups * _outputRank),
                Rope = rope,
                Window = _window,
                Compressor = type == LayerLists.Sliding ? null : Compress($"{name}.compressor", type, _size),
                Indexer = type == Sparse ? Index($"{name}.indexer", type, rope) : null,
            };
        }

        private EntryIndexer Index(string name, string type, Rope rope)
        {
            var (heads, size) = (config.Int("index_n_heads", 64, least: 1), config.Int("index_head_dim", 128, least: 1));
            if (size < rope.Rotating) throw config.Contradiction($"index_head_dim = {size}, but {rope.Rotating} components rotate");
            return new EntryIndexer(
                config.Int("index_topk", 512, least: 1), weights.Linear($"{name}.wq_b", heads * size, _rank), weights.Linear($"{name}.weights_proj", heads, hidden),
                Compress($"{name}.compressor", type, size));
        }

        private Compressor Compress(string name, string type, int size)
        {
            var overlaps = type == Sparse;
            var (rate, columns) = (Rate(type), overlaps ? 2 * size : size);
            return new Compressor(
                weights.Linear($"{name}.wkv", columns, hidden), weights.Linear($"{name}.wgate", columns, hidden), weights.Matrix($"{name}.ape", rate, columns),
                weights.RmsNorm($"{name}.norm", size, eps), rate, overlaps);
        }

        private int Rate(string type)
        {
            var (key, usual) = type == Sparse ? ("compress_rate_csa", 4) : ("compress_rate_hca", 128);
            return config.OptionalInt(key, least: 1) ?? config.Section("compress_rates")?.OptionalInt(type, least: 1) ?? usual;
        }

        /// <summary>A set of its own, or for <c>main</c> no scaling and for <c>compress</c> the scaling that the config has for all.</summary>
        private static Rope ReadRope(ConfigSection config, string set)
        {
            var size = config.Int("head_dim", 512, least: 1);
            var (isMain, part) = (set == "main", config.OptionalInt("qk_rope_head_dim", least: 1));
            var rope = new Rope(config, size, new RopeFamily
            {
                Interleaved = true,
                PartialFactor = part is { } rotating ? (double)rotating / size : 0.125,
                Theta = isMain ? 1e4 : 16e4,
                ThetaKey = isMain ? null : "compress_rope_theta",
                PlainUnlessNested = isMain,
                SharedYarnFactor = 1,
            }, set);
            if (rope.Rotating < 2 || rope.Rotating % 2 != 0)
                throw config.Contradiction($"of head_dim = {size} by partial_rotary_factor {rope.Rotating} components rotate, and they are to be pairs");
            return rope;
        }
    }
}
