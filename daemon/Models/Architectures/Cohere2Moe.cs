using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>Cohere 2 MoE: attention and experts side by side on one norm, windows with RoPE and full layers without positions, a shared expert averaged in, a tied head.</summary>
internal static class Cohere2Moe
{
    public static readonly Family Family = new("cohere2_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config, tied: true) with { LogitFactor = (float)config.Number("logit_scale", 0.0625) };
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var inner = config.Int("intermediate_size", least: 1);
        var sharedInner = config.Int("num_shared_experts", 0, least: 0) * inner;
        var bias = config.Bool("attention_bias", false);
        var prefix = config.Int("first_k_dense_replace", 0, least: 0);
        var prefixPattern = config.Int("prefix_dense_sliding_window_pattern", 1, least: 1);
        var pattern = config.Int("sliding_window_pattern", 4, least: 1);
        var window = config.Int("sliding_window", 4096, least: 1);
        var types = LayerLists.Attention(config, frame.Layers, layer =>
            (layer < prefix ? (layer + 1) % prefixPattern : (layer - prefix + 1) % pattern) == 0 ? LayerLists.Full : LayerLists.Sliding);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer >= prefix);
        var denseInner = config.OptionalInt("prefix_dense_intermediate_size", least: 1) ?? inner;
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily { Interleaved = true });
        var rule = Rule(config);
        var sumFactor = config.Text("shared_expert_combination_strategy", "average") switch
        {
            "average" => sharedInner > 0 ? 0.5f : 1,
            "sum" => 1,
            var other => throw config.Unsupported("shared_expert_combination_strategy", other, "average, sum"),
        };
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, Norm("model.norm"), layer =>
        {
            var name = $"model.layers.{layer}";
            var sliding = types[layer] == LayerLists.Sliding;
            var rotates = sliding || (layer < prefix && prefixPattern == 1);
            return new ParallelLayer(
                Norm($"{name}.input_layernorm"),
                heads.Attention(weights, $"{name}.self_attn", rotates ? ropes[types[layer]] : null, bias, bias) with { Window = sliding ? window : 0 },
                sparse[layer]
                    ? moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", rule.Experts, inner, hidden)) with
                    {
                        Shared = sharedInner == 0 ? null : moe.Dense(weights.Mlp($"{name}.mlp.shared_experts", sharedInner, hidden)),
                        SumFactor = sumFactor,
                    }
                    : moe.Dense(weights.Mlp($"{name}.mlp", denseInner, hidden)));
        });

        INorm Norm(string name) => config.OptionalNumber("rms_norm_eps") is { } eps
            ? weights.RmsNorm(name, hidden, eps)
            : weights.LayerNorm(name, hidden, config.Number("layer_norm_eps", 1e-5), bias: false);
    }

    private static RouterRule Rule(ConfigSection config)
    {
        var (experts, k) = (config.IntOf("num_experts", "num_local_experts"), config.Int("num_experts_per_tok"));
        return config.Text("expert_selection_fn", "softmax") switch
        {
            "softmax" => RuleConfig.LogitsFirst(config, experts, k),
            "sigmoid" => RuleConfig.Checked(config, new RouterRule
            {
                Experts = experts,
                K = k,
                Scores = ScoreFunction.Sigmoid,
                Ranks = RankedValues.Logits,
                Normalise = config.Bool("norm_topk_prob", true),
            }),
            var other => throw config.Unsupported("expert_selection_fn", other, "softmax, sigmoid"),
        };
    }
}
