namespace MoeDevtools.Models.Blocks;

/// <summary>What a family says about its rotary positions; the rest is in the config.</summary>
internal sealed record RopeFamily
{
    /// <summary>θ where the config has none.</summary>
    public double Theta { get; init; } = 1e4;

    /// <summary>The key of θ, which a set for all layers does not say; null = <c>rope_theta</c>, which it may.</summary>
    public string? ThetaKey { get; init; }

    /// <summary>A set for all layers scales other layers than these.</summary>
    public bool PlainUnlessNested { get; init; }

    /// <summary>YaRN's factor on cos and sin where a set for all layers has none; null = by its length.</summary>
    public double? SharedYarnFactor { get; init; }

    /// <summary>Components 2n and 2n + 1 pair; else n and n + r/2.</summary>
    public bool Interleaved { get; init; }

    /// <summary>The share of a head that rotates where the config has none; null = the family rotates whole heads, whatever is asked.</summary>
    public double? PartialFactor { get; init; }

    /// <summary>Another way to say "whole": the rotating part's share of a latent attention's head.</summary>
    public double? WholeFactor { get; init; }

    /// <summary>The set, as JSON, where the config has neither <c>rope_scaling</c> nor <c>rope_parameters</c>; null = no scaling.</summary>
    public string? DefaultSet { get; init; }

    /// <summary>Nothing but <c>rope_parameters</c> is read.</summary>
    public bool ParametersOnly { get; init; }

    /// <summary><c>dynamic</c> with an <c>alpha</c> stretches θ by it, whatever the length (Hunyuan).</summary>
    public bool Alpha { get; init; }

    /// <summary>Any scaling needs <c>short_mscale</c> and <c>long_mscale</c>, which replace the factor on cos and sin (Phi-3.5-MoE).</summary>
    public bool Mscales { get; init; }
}
