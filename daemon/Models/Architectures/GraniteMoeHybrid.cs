using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models.Architectures;

/// <summary>Granite 4.0: Granite MoE with an MLP for every token, Mamba-2 in the place of most attention layers, attention with or without positions; without experts where there are none.</summary>
internal static class GraniteMoeHybrid
{
    public static readonly Family Family = new("granitemoehybrid", (config, weights) => GraniteBlocks.Build(
        config, weights, config.Int("shared_intermediate_size", 1024, least: 1), Mixers(config, weights), Rotates(config), expertsOptional: true));

    /// <summary>Published configs say <c>nope</c> where the reference asks for nothing but <c>rope</c>.</summary>
    private static bool Rotates(ConfigSection config)
    {
        RuleConfig.Only(config, "position_embedding_type", "rope", "nope");
        return config.OptionalText("position_embedding_type") == "rope";
    }

    /// <summary>The mixer of a layer that has one in attention's place.</summary>
    private static Func<int, IMixer?> Mixers(ConfigSection config, WeightLoader weights)
    {
        var hidden = config.Int("hidden_size", least: 1);
        var act = ActivationNames.Read(config);
        var types = LayerLists.Attention(config, config.Int("num_hidden_layers", least: 1), _ => LayerLists.Linear, LayerLists.Full, LayerLists.Linear, "attention", "mamba");
        var shape = new Lazy<Mamba2Shape>(() => Shape(config, hidden) with { Act = act });
        return layer => types[layer] is LayerLists.Linear or "mamba" ? new Mamba2(shape.Value, weights, $"model.layers.{layer}.mamba", hidden) : null;
    }

    private static Mamba2Shape Shape(ConfigSection config, int hidden)
    {
        var channels = config.Int("mamba_expand", 2, least: 1) * hidden;
        var heads = config.Int("mamba_n_heads", 128, least: 1);
        if (config.IsText("mamba_d_head") && config.Text("mamba_d_head") is var word && word != "auto") throw config.Unsupported("mamba_d_head", word, "auto, or a number");
        var size = config.IsText("mamba_d_head") ? channels / heads : config.Int("mamba_d_head", channels / heads, least: 1);
        if (heads * size != channels)
            throw config.Contradiction($"mamba_n_heads = {heads} times mamba_d_head = {size} is not mamba_expand times hidden_size = {channels}");
        var (least, most) = config.Limits("time_step_limit") ?? (0, double.PositiveInfinity);
        return new Mamba2Shape(heads, size, config.Int("mamba_n_groups", 1, least: 1), config.Int("mamba_d_state", 256, least: 1), config.Int("mamba_d_conv", 4, least: 1))
        {
            Bias = config.Bool("mamba_proj_bias", false),
            ConvolutionBias = config.Bool("mamba_conv_bias", true),
            Epsilon = config.Number("rms_norm_eps", 1e-6),
            LeastStep = (float)least,
            MostStep = (float)most,
        }.Checked(config, "mamba_n_heads", "mamba_n_groups");
    }
}
