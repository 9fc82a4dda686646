using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>Arcee's AFMoE (Trinity): four norms a layer, gated attention, windows with RoPE and full layers without positions, sigmoid router with bias.</summary>
internal static class Afmoe
{
    public static readonly Family Family = new("afmoe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        if (config.Bool("mup_enabled", false)) frame = frame with { EmbeddingFactor = MathF.Sqrt(hidden) };
        var heads = HeadSizes.Read(config, hidden, headSize: 128);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var dense = config.Int("num_dense_layers", 1, least: 0);
        var bias = config.Bool("attention_bias", false);
        var window = config.Int("sliding_window", 1024, least: 1);
        var every = config.Int("global_attn_every_n_layers", 4, least: 1);
        var types = LayerLists.Attention(config, frame.Layers, layer => (layer + 1) % every == 0 ? LayerLists.Full : LayerLists.Sliding);
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily());
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_experts", "num_local_experts"),
            K = config.Int("num_experts_per_tok"),
            Scores = ScoreFunction.Sigmoid,
            Normalise = true,
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("route_scale", 1),
        });
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, rule, inner, config.Int("num_shared_experts", 2, least: 0) * inner)
        {
            Router = "router.gate", Bias = "expert_bias",
        };

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var sliding = types[layer] == LayerLists.Sliding;
            var attention = heads.Attention(weights, $"{name}.self_attn", sliding ? ropes[types[layer]] : null, bias, bias) with
            {
                QNorm = weights.RmsNorm($"{name}.self_attn.q_norm", heads.HeadSize, eps),
                KNorm = weights.RmsNorm($"{name}.self_attn.k_norm", heads.HeadSize, eps),
                Window = sliding ? window : 0,
                Gate = new OutputGate(weights.Linear($"{name}.self_attn.gate_proj", heads.Heads * heads.HeadSize, hidden), ActivationFunction.Sigmoid),
            };
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps), attention,
                weights.RmsNorm($"{name}.pre_mlp_layernorm", hidden, eps), experts.Build(layer, $"{name}.mlp", sparse: layer >= dense))
            {
                AfterMixer = weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                AfterFeedForward = weights.RmsNorm($"{name}.post_mlp_layernorm", hidden, eps),
            };
        });
    }
}
