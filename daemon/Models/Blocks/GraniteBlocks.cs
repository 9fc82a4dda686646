using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>The decoder that the Granite families share.</summary>
internal static class GraniteBlocks
{
    /// <param name="sharedInner">Of an MLP for every token; 0 = none.</param>
    /// <param name="mixer">What a layer has instead of attention; null = all have attention.</param>
    /// <param name="positions">Attention rotates.</param>
    /// <param name="expertsOptional">Without experts the MLP for every token is all that a layer has.</param>
    public static Decoder Build(
        ConfigSection config, WeightLoader weights, int sharedInner, Func<int, IMixer?>? mixer = null, bool positions = true, bool expertsOptional = false)
    {
        var frame = DecoderFrame.Read(config) with
        {
            EmbeddingFactor = (float)config.Number("embedding_multiplier", 1),
            LogitFactor = (float)(1 / config.Positive("logits_scaling", 1)),
        };
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("num_local_experts", "num_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var bias = config.Bool("attention_bias", false);
        // The softmax scale itself, not a factor on h^−½.
        var scale = (float)config.Number("attention_multiplier", 1);
        var residual = (float)config.Number("residual_multiplier", 1);
        var rope = positions ? new Rope(config, heads.HeadSize, new RopeFamily()) : null;
        var k = config.Int("num_experts_per_tok", 2);
        var rule = expertsOptional && experts == 0 ? null : RuleConfig.LogitsFirst(config, experts, k);
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var shared = sharedInner == 0 ? null : moe.Dense(Shared(weights, $"{name}.shared_mlp", sharedInner, hidden));
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                mixer?.Invoke(layer) ?? heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with { Scale = scale },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                rule is null ? shared! : moe.Build(layer, $"{name}.block_sparse_moe.router.layer", rule, Experts(weights, $"{name}.block_sparse_moe", experts, inner, hidden)) with { Shared = shared })
            {
                ResidualFactor = residual,
            };
        });
    }

    private static MlpWeights[] Experts(WeightLoader weights, string name, int count, int inner, int hidden) =>
        [.. weights.Stack($"{name}.input_linear.weight", count, 2 * inner, hidden).Zip(weights.Stack($"{name}.output_linear.weight", count, hidden, inner), weights.Halves)];

    private static MlpWeights Shared(WeightLoader weights, string name, int inner, int hidden) =>
        weights.Halves(weights.Stored($"{name}.input_linear.weight", 2 * inner, hidden), weights.Stored($"{name}.output_linear.weight", hidden, inner));
}
