using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Models.Sampling;

/// <summary>How the next token is drawn; the names and meanings are those of <c>generation_config.json</c>. Immutable.</summary>
public sealed record SamplingParameters
{
    /// <summary>The most probable token, always.</summary>
    public static readonly SamplingParameters Greedy = new() { Temperature = 0 };

    /// <summary>0 = greedy.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>0 = all.</summary>
    public int TopK { get; init; }

    /// <summary>1 = all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>0 = all.</summary>
    public double MinP { get; init; }

    /// <summary>1 = none.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    public bool IsGreedy => Temperature == 0;

    /// <exception cref="UserError">A value has no meaning.</exception>
    public SamplingParameters Check()
    {
        Require(Temperature >= 0 && double.IsFinite(Temperature), "temperature", Temperature, $"0 (greedy) or above");
        Require(TopK >= 0, "top-k", TopK, $"0 (all) or above");
        Require(TopP is > 0 and <= 1, "top-p", TopP, $"above 0, at most 1");
        Require(MinP is >= 0 and <= 1, "min-p", MinP, $"0 to 1");
        Require(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), "repetition-penalty", RepetitionPenalty, $"above 0");
        return this;
    }

    private static void Require(bool fine, string name, double value, FormattableString range)
    {
        if (!fine) throw new UserError("MOE2301", $"{name} = {value.ToString(CultureInfo.InvariantCulture)} has no meaning.", $"Use a value {range}.");
    }
}
