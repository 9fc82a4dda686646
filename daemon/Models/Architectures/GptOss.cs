using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// gpt-oss (arXiv 2508.10925): attention with sinks, every other layer with a window, YaRN; a biased router that chooses before it weighs; experts with biases and a clamped
/// SwiGLU whose gates and ups alternate, in bfloat16 or MXFP4.
/// </summary>
internal static class GptOss
{
    public static readonly Family Family = new("gpt_oss", Build);

    private const string DefaultRope = """
        {
          "rope_type": "yarn", "rope_theta": 150000, "factor": 32, "beta_fast": 32, "beta_slow": 1, "truncate": false, "original_max_position_embeddings": 4096
        }
        """;

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config);
        var hidden = frame.Hidden;
        var heads = HeadSizes.Read(config, hidden, headSize: 64);
        var eps = config.Number("rms_norm_eps", 1e-5);
        var experts = config.IntOf("num_local_experts", "num_experts");
        var inner = config.Int("intermediate_size", least: 1);
        var bias = config.Bool("attention_bias", true);
        var window = config.Int("sliding_window", 128, least: 1);
        var types = LayerLists.Attention(config, frame.Layers, layer => layer % 2 == 0 ? LayerLists.Sliding : LayerLists.Full);
        var ropes = new RopePerType(config, heads.HeadSize, new RopeFamily { Theta = 150000, DefaultSet = DefaultRope });
        var rule = RuleConfig.LogitsFirst(config, experts, config.Int("num_experts_per_tok", 4));
        // hidden_act is not used: the activation is the model's own.
        var act = new MlpActivation(ActivationFunction.Silu, (float)config.Positive("swiglu_limit", 7), (float)config.Number("swiglu_alpha", 1.702));
        var moe = new ExpertsBuilder(weights, hidden, act);

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                heads.Attention(weights, $"{name}.self_attn", ropes[types[layer]], bias, bias) with
                {
                    Window = types[layer] == LayerLists.Sliding ? window : 0,
                    Sinks = weights.Vector($"{name}.self_attn.sinks", heads.Heads),
                },
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                moe.Build(layer, $"{name}.mlp.router", rule, Experts(weights, $"{name}.mlp.experts", experts, inner, hidden), bias: true));
        });
    }

    /// <summary>Stored inputs outermost, but outputs outermost in MXFP4; outputs 0, 2 ... of the first matrix are gates, 1, 3 ... ups.</summary>
    private static List<MlpWeights> Experts(WeightLoader weights, string name, int count, int inner, int hidden)
    {
        var quantized = weights.Has($"{name}.gate_up_proj_blocks");
        var gateUps = quantized
            ? weights.Mxfp4Stack($"{name}.gate_up_proj", count, 2 * inner, hidden)
            : weights.Stack($"{name}.gate_up_proj", count, 2 * inner, hidden, inputMajor: true);
        var downs = quantized
            ? weights.Mxfp4Stack($"{name}.down_proj", count, hidden, inner)
            : weights.Stack($"{name}.down_proj", count, hidden, inner, inputMajor: true);
        var gateUpBiases = weights.VectorStack($"{name}.gate_up_proj_bias", count, 2 * inner);
        var downBiases = weights.VectorStack($"{name}.down_proj_bias", count, hidden);
        var backend = weights.Backend;
        return [.. Enumerable.Range(0, count).Select(e => new MlpWeights(
            backend.Bind(gateUps[e].Outputs(0, inner, step: 2)), backend.Bind(gateUps[e].Outputs(1, inner, step: 2)), backend.Bind(downs[e]))
        {
            GateBias = backend.Bind(gateUpBiases[e].Elements(0, inner, step: 2)),
            UpBias = backend.Bind(gateUpBiases[e].Elements(1, inner, step: 2)),
            DownBias = backend.Bind(downBiases[e]),
        })];
    }
}
