using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Hunyuan-A13B: QK norm after RoPE, NTK RoPE with a fixed stretch, softmax router with its own k in each layer, a shared MLP.</summary>
internal static class HunyuanV1Moe
{
    public static readonly Family Family = new("hunyuan_v1_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var bias = config.Bool("attention_bias", false);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Alpha = true });
        var k = ExpertsPerToken(config, frame.Layers);
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with
                {
                    QNorm = weights.RmsNorm($"{name}.self_attn.query_layernorm", heads.HeadSize, eps),
                    KNorm = weights.RmsNorm($"{name}.self_attn.key_layernorm", heads.HeadSize, eps),
                    NormsAfterRope = true,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                moe.Build(layer, $"{name}.mlp.gate.wg", RuleConfig.Softmax(config, experts, k[layer], normalise: true, "moe_topk"),
                    weights.Experts($"{name}.mlp.experts", experts, inner, hidden)) with
                {
                    Shared = moe.Dense(weights.Mlp($"{name}.mlp.shared_mlp", inner, hidden)),
                });
        });
    }

    /// <summary><c>moe_topk</c>: a number for all layers, or a list.</summary>
    private static IReadOnlyList<int> ExpertsPerToken(ConfigSection config, int layers)
    {
        foreach (var key in (string[])["moe_topk", "num_experts_per_tok"])
            if (config.IsList(key)) return LayerLists.Ints(config, key, layers)!;
        return [.. Enumerable.Repeat(config.IntOf("moe_topk", "num_experts_per_tok"), layers)];
    }
}
