using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// Kimi Linear (arXiv 2510.26692): the delta rule with a decay per channel between layers of latent attention, no positions anywhere, DeepSeek-V3's router under other keys.
/// </summary>
internal static class KimiLinear
{
    public static readonly Family Family = new("kimi_linear", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config, contextKey: config.Has("model_max_length") ? "model_max_length" : "max_position_embeddings");
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-5);
        var own = config.Section("linear_attn_config");
        var types = Types(config, own, frame.Layers);
        var (heads, size) = (Own("num_heads", "linear_num_heads"), Own("head_dim", "linear_head_dim"));
        var taps = own?.OptionalInt("short_conv_kernel_size", least: 1) ?? config.Int("linear_conv_kernel_dim", 4, least: 1);
        var dense = config.Int("first_k_dense_replace", 1, least: 0);
        var sparse = LayerLists.Sparse(config, frame.Layers, absent: layer => layer >= dense);
        var inner = config.Int("moe_intermediate_size", least: 1);
        var experts = new BiasedExperts(config, weights, new ExpertsBuilder(weights, hidden, ActivationNames.Read(config)),
            hidden, Rule(config), inner, config.Int("num_shared_experts", least: 0) * inner) { Names = MlpNames.Numbered };

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            return new SequentialLayer(
                weights.RmsNorm($"{name}.input_layernorm", hidden, eps),
                types[layer] == LayerLists.Linear ? Delta($"{name}.self_attn") : LatentAttentionConfig.Build(config, weights, $"{name}.self_attn", hidden, rope: null),
                weights.RmsNorm($"{name}.post_attention_layernorm", hidden, eps),
                experts.Build(layer, $"{name}.{Block(name, sparse[layer])}", sparse[layer]));
        });

        // A section of its own wins.
        int Own(string key, string otherwise) => own?.OptionalInt(key, least: 1) ?? config.Int(otherwise, least: 1);

        // Both names are in use.
        string Block(string name, bool isSparse) => weights.Has($"{name}.mlp.{(isSparse ? "gate" : "gate_proj")}.weight") ? "mlp" : "block_sparse_moe";

        KimiDeltaAttention Delta(string name)
        {
            var columns = heads * size;
            return new KimiDeltaAttention
            {
                Shape = new LinearAttentionShape(heads, heads, size, size),
                Q = weights.Linear($"{name}.q_proj", columns, hidden),
                K = weights.Linear($"{name}.k_proj", columns, hidden),
                V = weights.Linear($"{name}.v_proj", columns, hidden),
                QConvolution = weights.Convolution($"{name}.q_conv1d", columns, taps, ActivationFunction.Silu),
                KConvolution = weights.Convolution($"{name}.k_conv1d", columns, taps, ActivationFunction.Silu),
                VConvolution = weights.Convolution($"{name}.v_conv1d", columns, taps, ActivationFunction.Silu),
                F = (weights.Linear($"{name}.f_a_proj", size, hidden), weights.Linear($"{name}.f_b_proj", columns, size)),
                ALog = weights.Vector($"{name}.A_log", heads, 1, 1, heads, 1),
                DtBias = weights.Vector($"{name}.dt_bias", columns),
                Beta = weights.Linear($"{name}.b_proj", heads, hidden),
                G = (weights.Linear($"{name}.g_a_proj", size, hidden), weights.Linear($"{name}.g_b_proj", columns, size)),
                Norm = weights.RmsNorm($"{name}.o_norm", size, eps),
                O = weights.Linear($"{name}.o_proj", hidden, columns),
            };
        }
    }

    private static RouterRule Rule(ConfigSection config)
    {
        RuleConfig.Only(config, "moe_router_activation_func", "sigmoid");
        return RuleConfig.Checked(config, new RouterRule
        {
            Experts = config.IntOf("num_experts", "num_local_experts"),
            K = config.IntOf("num_experts_per_token", "num_experts_per_tok"),
            Scores = ScoreFunction.Sigmoid,
            Groups = config.Int("num_expert_group", 1),
            GroupsKept = config.Int("topk_group", 1),
            Normalise = config.Bool("moe_renormalize", true),
            NormaliseEpsilon = 1e-20f,
            Scale = (float)config.Number("routed_scaling_factor", 2.446),
        }, "num_experts_per_token");
    }

    /// <summary><c>layer_types</c>, or the lists of <c>linear_attn_config</c>, which count from 1, or every fourth layer full.</summary>
    private static IReadOnlyList<string> Types(ConfigSection config, ConfigSection? own, int layers)
    {
        var (full, linear) = (own?.Ints("full_attn_layers"), own?.Ints("kda_layers"));
        return LayerLists.Attention(config, layers, layer => Listed(layer + 1) ? LayerLists.Full : LayerLists.Linear, LayerLists.Full, LayerLists.Linear);

        bool Listed(int number)
        {
            if (full is null && linear is null) return number > 1 && (number - 1) % 4 == 0;
            var (isFull, isLinear) = (full?.Contains(number), linear?.Contains(number));
            if (isFull == isLinear)
                throw config.Contradiction(isFull == true
                    ? (FormattableString)$"linear_attn_config has layer {number}, counted from 1, both in full_attn_layers and in kda_layers"
                    : $"linear_attn_config has layer {number}, counted from 1, neither in full_attn_layers nor in kda_layers");
            foreach (var (key, list) in new[] { ("full_attn_layers", full), ("kda_layers", linear) })
            {
                foreach (var other in list ?? [])
                    if (other < 1 || other > layers) throw own!.Unsupported(key, other.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"1 to num_hidden_layers = {layers}"));
            }
            return isFull ?? !isLinear!.Value;
        }
    }
}
