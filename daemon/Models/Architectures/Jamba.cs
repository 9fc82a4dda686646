using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Jamba (arXiv 2403.19887): Mamba layers with attention every so often, without positions; experts every other layer, softmax over all and not renormalised.</summary>
internal static class Jamba
{
    public static readonly Family Family = new("jamba", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.Int("num_experts", 16, least: 1);
        var inner = config.Int("intermediate_size", least: 1);
        var (attentionPeriod, attentionOffset) = Period(config, "attn_layer", 8, 4);
        var (expertPeriod, expertOffset) = Period(config, "expert_layer", 2, 1);
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 2), normalise: false);
        var act = ActivationNames.Read(config);
        var moe = new ExpertsBuilder(weights, hidden, act);

        return frame.Build(weights, weights.RmsNorm("model.final_layernorm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                layer % attentionPeriod == attentionOffset
                    ? heads.Attention(weights, $"{name}.self_attn", rope: null)
                    : new Mamba(config, weights, $"{name}.mamba", hidden, act, eps),
                weights.RmsNorm($"{name}.pre_ff_layernorm", hidden, eps),
                experts > 1 && layer % expertPeriod == expertOffset
                    ? moe.Build(layer, $"{name}.feed_forward.router", rule, weights.Experts($"{name}.feed_forward.experts", experts, inner, hidden))
                    : moe.Dense(weights.Mlp($"{name}.feed_forward", inner, hidden)));
        });
    }

    private static (int Period, int Offset) Period(ConfigSection config, string key, int period, int offset)
    {
        period = config.Int($"{key}_period", period, least: 1);
        return (period, config.Int($"{key}_offset", offset, least: 0, most: period - 1));
    }
}
