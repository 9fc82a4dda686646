using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>MiniMax-Text-01 (arXiv 2501.08313): lightning attention between layers of Mixtral's attention, residuals that are normed, Mixtral's experts.</summary>
internal static class Minimax
{
    public static readonly Family Family = new("minimax", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var types = LayerLists.Attention(config, frame.Layers, layer => layer % 2 == 0 ? LayerLists.Full : LayerLists.Linear, LayerLists.Full, LayerLists.Linear);
        var block = config.Int("block_size", 256, least: 1);
        var window = config.OptionalInt("sliding_window", least: 1) ?? 0;
        var rope = new Rope(config, heads.HeadSize, new RopeFamily { Theta = 1e6 });
        var (full, linear, mlp) = (Factors("full_attn"), Factors("linear_attn"), Factors("mlp"));
        var experts = config.IntOf("num_local_experts", "num_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var rule = RuleConfig.Softmax(config, experts, config.Int("num_experts_per_tok"), normalise: true);
        var act = ActivationNames.Read(config);
        var moe = new ExpertsBuilder(weights, hidden, act);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            var isLinear = types[layer] == LayerLists.Linear;
            return new NormedResidualLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                isLinear ? Lightning($"{name}.self_attn", layer) : heads.Attention(weights, $"{name}.self_attn", rope) with { Window = window },
                isLinear ? linear : full,
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                moe.Build(layer, $"{name}.block_sparse_moe.gate", rule,
                    weights.Experts($"{name}.block_sparse_moe.experts", experts, inner, hidden, MlpNames.Numbered)),
                mlp);
        });

        (float, float) Factors(string of) => ((float)config.Number($"{of}_alpha_factor", 1), (float)config.Number($"{of}_beta_factor", 1));

        LightningAttention Lightning(string name, int layer)
        {
            var (count, size) = (heads.Heads, heads.HeadSize);
            return new LightningAttention
            {
                Shape = new LinearAttentionShape(count, count, size, size) { Decays = Array.ConvertAll(Slopes(name, layer), s => MathF.Exp(-s)) },
                Qkv = weights.Linear($"{name}.qkv_proj", 3 * count * size, hidden),
                Act = act,
                // Whatever rms_norm_eps is.
                Norm = weights.RmsNorm($"{name}.norm", count * size, 1e-6),
                Gate = new OutputGate(weights.Linear($"{name}.output_gate", count * size, hidden), ActivationFunction.Sigmoid),
                O = weights.Linear($"{name}.out_proj", hidden, count * size),
            };
        }

        // s_a = 2^(−8(a+1)/H) · (1 − L/(N − 1 + 1e-5) + 1e-5). Checkpoints hold it, and what a block of tokens needs of it, as buffers.
        float[] Slopes(string name, int layer)
        {
            var count = heads.Heads;
            var factor = 1 - layer / (frame.Layers - 1 + 1e-5) + 1e-5;
            var slopes = Enumerable.Range(1, count).Select(a => (float)(Math.Pow(2, -8.0 * a / count) * factor)).ToArray();
            weights.CheckIfPresent($"{name}.query_decay", count, block, 1);
            weights.CheckIfPresent($"{name}.key_decay", count, block, 1);
            weights.CheckIfPresent($"{name}.diagonal_decay", 1, count, block, block);
            if (weights.CheckIfPresent($"{name}.slope_rate", count, 1, 1) is not { } stored) return slopes;
            var given = stored.ToFloats();
            for (var a = 0; a < count; a++)
            {
                // Stored as BF16 it has 8 bits.
                if (!(Math.Abs(given[a] - slopes[a]) <= slopes[a] / 128))
                    throw new UserError("MOE2031", $"{stored.File}: {stored.Name} decays head {a} by {given[a]}; the formula of layer {layer} of {frame.Layers} gives {slopes[a]}.", $"Check that config.json and the weights belong together.");
            }
            return slopes;
        }
    }
}
