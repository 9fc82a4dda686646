using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// Switch Transformer (arXiv 2101.03961): T5's encoder and decoder; each token goes to one expert, which takes only so many tokens of a sequence and drops the rest. What an
/// expert has taken is part of the sequence's state, so that decoding with it drops the tokens that a whole pass drops.
/// </summary>
internal static class SwitchTransformers
{
    public static readonly Family Family = new("switch_transformers", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights) => new Stacks(config, weights).Build();

    private sealed class Stacks(ConfigSection config, WeightLoader weights)
    {
        private readonly int _hidden = config.IntOf("d_model", "hidden_size");
        private readonly int _heads = config.IntOf("num_heads", "num_attention_heads");
        private readonly int _headSize = config.Int("d_kv", least: 1);
        private readonly int _inner = config.Int("d_ff", least: 1);
        private readonly int _vocabulary = config.Int("vocab_size", least: 1);
        private readonly double _eps = config.Number("layer_norm_epsilon", 1e-6);
        private readonly bool _tied = config.Bool("tie_word_embeddings", true);
        private readonly bool _routerBias = config.Bool("router_bias", false);
        private readonly RouterRule _rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.Int("num_experts", least: 1), K = 1, Capacity = config.Int("expert_capacity", 64, least: 0),
        });
        private readonly ExpertsBuilder _moe = new(weights, config.IntOf("d_model", "hidden_size"), ActivationNames.Read(config, "dense_act_fn", "relu"));

        public Decoder Build()
        {
            var encoder = new Encoder(Embedding("encoder"), [.. Layers("encoder", config.IntOf("num_layers", "num_hidden_layers"))], Norm("encoder.final_layer_norm"));
            var embedding = Embedding("decoder");
            var layers = Layers("decoder", config.Int("num_decoder_layers", config.IntOf("num_layers", "num_hidden_layers"), least: 1));
            var head = _tied ? embedding : weights.Matrix("lm_head.weight", _vocabulary, _hidden);
            return new Decoder(weights.Backend, embedding, layers, Norm("decoder.final_layer_norm"), new Linear(head, null), contextLength: null, encoder)
            {
                LogitFactor = _tied ? 1 / MathF.Sqrt(_hidden) : 1,
                StartToken = config.Int("decoder_start_token_id", 0, least: 0, most: _vocabulary - 1),
            };
        }

        private Weight Embedding(string stack) => weights.Matrix(_tied ? "shared.weight" : $"{stack}.embed_tokens.weight", _vocabulary, _hidden);

        private RmsNorm Norm(string name) => weights.RmsNorm(name, _hidden, _eps);

        private IEnumerable<ILayer> Layers(string stack, int count)
        {
            var encodes = stack == "encoder";
            var buckets = config.Int("relative_attention_num_buckets", 32, least: encodes ? 4 : 2);
            var positions = new RelativePositions(
                weights.Matrix($"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight", buckets, _heads),
                config.Int("relative_attention_max_distance", 128, least: buckets / (encodes ? 4 : 2) + 1), encodes);
            var sparse = config.Int($"num_sparse_{stack}_layers", 3, least: 0);
            var step = sparse == 0 ? count : count / sparse;
            for (var layer = 0; layer < count; layer++)
            {
                var name = $"{stack}.block.{layer}.layer";
                var attention = new GroupedQueryAttention
                {
                    Heads = _heads,
                    KeyValueHeads = _heads,
                    HeadSize = _headSize,
                    Q = Projection($"{name}.0.SelfAttention.q"),
                    K = Projection($"{name}.0.SelfAttention.k"),
                    V = Projection($"{name}.0.SelfAttention.v"),
                    O = weights.Linear($"{name}.0.SelfAttention.o", _hidden, _heads * _headSize),
                    Scale = 1,
                    SeesAll = encodes,
                    Positions = positions,
                };
                var last = encodes ? $"{name}.1" : $"{name}.2";
                IFeedForward mlp = step == 1 || (step > 0 && layer % step == 1) ? Sparse(stack, layer, $"{last}.mlp") : Dense($"{last}.mlp");
                yield return encodes
                    ? new SequentialLayer(Norm($"{name}.0.layer_norm"), attention, Norm($"{last}.layer_norm"), mlp)
                    : new CrossLayer(Norm($"{name}.0.layer_norm"), attention, Norm($"{name}.1.layer_norm"), Cross($"{name}.1.EncDecAttention"), Norm($"{last}.layer_norm"), mlp);
            }
        }

        private Linear Projection(string name) => weights.Linear(name, _heads * _headSize, _hidden);

        private CrossAttention Cross(string name) => new(
            _heads, Projection($"{name}.q"), Projection($"{name}.k"), Projection($"{name}.v"), weights.Linear($"{name}.o", _hidden, _heads * _headSize), Scale: 1);

        private Mlp Dense(string name) => _moe.Dense(Expert(name));

        private MixtureOfExperts Sparse(string stack, int layer, string name) => _moe.Build(
            layer, $"{name}.router.classifier", _rule, [.. Enumerable.Range(0, _rule.Experts).Select(e => Expert($"{name}.experts.expert_{e}"))], _routerBias, stack);

        private MlpWeights Expert(string name) =>
            new(weights.Matrix($"{name}.wi.weight", _inner, _hidden), null, weights.Matrix($"{name}.wo.weight", _hidden, _inner));
    }
}
