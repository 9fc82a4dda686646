using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>What Qwen3-Next and Qwen3.5 share: gated delta rule between layers of gated full attention, norms whose weights are stored as their distance from 1, partial RoPE, Qwen2-MoE's experts.</summary>
internal static class GatedDeltaBlocks
{
    /// <param name="byKeyHead">The linear attention's projections lie together, key head by key head.</param>
    /// <param name="normalise">The chosen weights are renormalised.</param>
    /// <param name="fusedExperts">As <see cref="WeightLoader.Experts"/> has it.</param>
    /// <param name="sparse">Which layers have experts, of so many; null = all.</param>
    public static Decoder Build(ConfigSection config, WeightLoader weights, bool byKeyHead, bool normalise, bool fusedExperts, Func<int, IReadOnlyList<bool>>? sparse = null)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 256);
        var eps = config.Number("rms_norm_eps", 1e-6);
        var bias = config.Bool("attention_bias", false);
        var interval = config.Int("full_attention_interval", 4, least: 1);
        var types = LayerLists.Attention(config, frame.Layers, layer => (layer + 1) % interval == 0 ? LayerLists.Full : LayerLists.Linear, LayerLists.Full, LayerLists.Linear);
        var delta = GatedDeltaConfig.Read(config, hidden, eps);
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { PartialFactor = 0.25 });
        var experts = config.IntOf("num_experts", "num_local_experts");
        var inner = config.Int("moe_intermediate_size", least: 1);
        var sharedInner = config.Int("shared_expert_intermediate_size", least: 1);
        var hasExperts = sparse?.Invoke(frame.Layers);
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok"), normalise);
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        return frame.Build(weights, Norm("model.norm", hidden), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                Norm($"{name}.input_layernorm", hidden),
                types[layer] == LayerLists.Linear
                    ? delta.Build(weights, $"{name}.linear_attn", byKeyHead)
                    : heads.Attention(weights, $"{name}.self_attn", rope, bias, bias, queriesBringGates: true) with
                    {
                        QNorm = Norm($"{name}.self_attn.q_norm", heads.HeadSize),
                        KNorm = Norm($"{name}.self_attn.k_norm", heads.HeadSize),
                    },
                Norm($"{name}.post_attention_layernorm", hidden),
                hasExperts?[layer] != false
                    ? moe.Build(layer, $"{name}.mlp.gate", rule, weights.Experts($"{name}.mlp.experts", experts, inner, hidden, fused: fusedExperts)) with
                    {
                        Shared = moe.Dense(weights.Mlp($"{name}.mlp.shared_expert", sharedInner, hidden)),
                        SharedGate = weights.Linear($"{name}.mlp.shared_expert_gate", 1, hidden),
                    }
                    : moe.Dense(weights.Mlp($"{name}.mlp", config.Int("intermediate_size", least: 1), hidden)));
        });

        RmsNorm Norm(string name, int n) => weights.RmsNorm(name, n, eps) with { Centre = 1 };
    }
}
