using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Qwen2-MoE (arXiv 2407.10671): biases on q, k and v, a shared expert behind a sigmoid gate, dense layers by step or list, windows by layer.</summary>
internal static class Qwen2Moe
{
    public static readonly Family Family = new("qwen2_moe", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sharedInner = config.Int("shared_expert_intermediate_size", least: 1);
        var qkvBias = config.Bool("qkv_bias", true);
        var windowed = config.Bool("use_sliding_window", false);
        var lastWindow = config.Int("max_window_layers", 28);
        var types = LayerLists.Attention(config, frame.Layers, layer => windowed && layer % 2 == 0 && layer < lastWindow ? LayerLists.Sliding : LayerLists.Full);
        var window = windowed ? config.OptionalInt("sliding_window", least: 1) ?? 0 : 0;
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily());
        var sparse = SparseLayers.ByStep(config, frame.Layers);
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok", 4), config.Bool("norm_topk_prob", false));
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", ropes[types[layer]], qkvBias) with
                {
                    Window = types[layer] == LayerLists.Sliding ? window : 0,
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                sparse[layer]
                    ? moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", experts, inner, hidden)) with
                    {
                        Shared = moe.Dense(weights.Mlp($"{name}.mlp.shared_expert", sharedInner, hidden)),
                        SharedGate = weights.Linear($"{name}.mlp.shared_expert_gate", 1, hidden),
                    }
                    : moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden)));
        });
    }
}
