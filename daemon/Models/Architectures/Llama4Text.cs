using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// Llama 4: chunked attention with RoPE and a QK norm without weights, full layers without positions whose queries grow with their position; a router whose weight multiplies the
/// experts' input; a shared expert.
/// </summary>
internal static class Llama4Text
{
    public static readonly Family Family = new("llama4_text", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("intermediate_size", least: 1);
        var bias = config.Bool("attention_bias", false);
        var sparse = Sparse(config, frame.Layers);
        var positions = Positions(config, frame.Layers);
        var types = LayerLists.Attention(config, frame.Layers, layer => positions[layer] ? LayerLists.Chunked : LayerLists.Full, LayerLists.Full, LayerLists.Chunked);
        var chunk = config.Int("attention_chunk_size", 8192, least: 1);
        var qkNorm = config.Bool("use_qk_norm", true) ? new RmsNorm(null, heads.HeadSize, (float)eps) : null;
        var temperature = config.Flag("attn_temperature_tuning", true)
            ? new QueryTemperature(config.Number("attn_scale", 0.1), config.Positive("floor_scale", 8192), Shift: 1) : null;
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily { Theta = 5e5, Interleaved = true });
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_local_experts", "num_experts"),
            K = config.Int("num_experts_per_tok", 1),
            Scores = ScoreFunction.Sigmoid,
            Ranks = RankedValues.Logits,
            WeighsInput = true,
        });
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", positions[layer] ? ropes[types[layer]] : null, bias, bias) with
                {
                    QNorm = positions[layer] ? qkNorm : null,
                    KNorm = positions[layer] ? qkNorm : null,
                    NormsAfterRope = true,
                    Temperature = positions[layer] ? null : temperature,
                    Chunk = types[layer] == LayerLists.Chunked ? chunk : 0,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                sparse[layer]
                    ? moe.Build(layer, $"{name}.feed_forward.router", rule,
                        weights.Experts($"{name}.feed_forward.experts", rule.Experts, inner, hidden, fused: true, inputMajor: true)) with
                    {
                        Shared = moe.Dense(weights.Mlp($"{name}.feed_forward.shared_expert", inner, hidden)),
                    }
                    : moe.Dense(weights.Mlp($"{name}.feed_forward", config.Int("intermediate_size_mlp", least: 1), hidden)));
        });
    }

    /// <summary><c>moe_layers</c>, or every <c>interleave_moe_layer_step</c>-th layer.</summary>
    private static bool[] Sparse(ConfigSection config, int layers)
    {
        if (config.Ints("moe_layers") is { } listed) return [.. Enumerable.Range(0, layers).Select(listed.Contains)];
        var step = config.Int("interleave_moe_layer_step", 1, least: 1);
        return [.. Enumerable.Range(0, layers).Select(layer => (layer + 1) % step == 0)];
    }

    /// <summary><c>no_rope_layers</c>, in which 1 means RoPE, or all but every <c>no_rope_layer_interval</c>-th layer.</summary>
    private static bool[] Positions(ConfigSection config, int layers)
    {
        if (config.Ints("no_rope_layers") is { Count: > 0 }) return [.. LayerLists.Ints(config, "no_rope_layers", layers)!.Select(n => n != 0)];
        var interval = config.Int("no_rope_layer_interval", 4, least: 1);
        return [.. Enumerable.Range(0, layers).Select(layer => (layer + 1) % interval != 0)];
    }
}
