using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>Phi-3.5-MoE (arXiv 2404.14219): layer norms with biases, a sparse mixer that draws two experts one after the other, long RoPE with factors of its own.</summary>
internal static class Phimoe
{
    public static readonly Family Family = new("phimoe", Build);

    private const int Drawn = 2;

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config) with { HeadBias = config.Bool("lm_head_bias", false) };
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("intermediate_size", least: 1);
        var bias = config.Bool("attention_bias", false);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 1e6, Mscales = true });
        var window = config.OptionalInt("sliding_window", least: 1) ?? 0;
        // The router always draws two, whatever num_experts_per_tok says.
        if (config.Int("num_experts_per_tok", Drawn) is var k and not Drawn)
            throw config.Unsupported("num_experts_per_tok", k.ToString(CultureInfo.InvariantCulture), "2");
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_local_experts", "num_experts"),
            K = Drawn,
            Ranks = RankedValues.Logits,
            Weights = WeightFunction.SparseMixer,
            Jitter = (float)config.Number("router_jitter_noise", 0.01, least: 0),
        });
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.LayerNorm("model.norm", hidden, eps, bias: true), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.LayerNorm($"{name}.input_layernorm", hidden, eps, bias: true),
                heads.Attention(weights, $"{name}.self_attn", rope, bias, bias) with { Window = window },
                weights.LayerNorm($"{name}.post_attention_layernorm", hidden, eps, bias: true),
                moe.Build(layer, $"{name}.block_sparse_moe.gate", rule,
                    weights.Experts($"{name}.block_sparse_moe.experts", rule.Experts, inner, hidden, MlpNames.Numbered)));
        });
    }
}
