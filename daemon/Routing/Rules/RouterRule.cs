using System.Globalization;
using System.Text;

namespace MoeDevtools.Routing.Rules;

/// <summary>
/// A router rule as data: how one family's router makes scores, chooses experts and weighs them. The functions that run it are
/// <see cref="RouterRules"/>. Immutable; kept by sessions and traces, so that a decision can be made again without the model.
/// </summary>
public sealed record RouterRule
{
    /// <summary>N.</summary>
    public required int Experts { get; init; }

    /// <summary>k, experts a token; 1 to N.</summary>
    public required int K { get; init; }

    public ScoreFunction Scores { get; init; }

    /// <summary>b <c>[experts]</c>, added to the scores for the selection alone, never for the weights; null = none (DeepSeek-V3).</summary>
    public float[]? Bias { get; init; }

    /// <summary>Experts are cut into this many runs of neighbours; 1 = no groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Groups whose experts stay in the selection; the others get −∞.</summary>
    public int GroupsKept { get; init; } = 1;

    /// <summary>A group's score is the sum of this many of its best selection scores.</summary>
    public int GroupScoreExperts { get; init; } = 2;

    /// <summary>Whether the chosen weights are divided by their sum + <see cref="NormaliseEpsilon"/>.</summary>
    public bool Normalise { get; init; }

    public float NormaliseEpsilon { get; init; }

    /// <summary>Factor on the weights after normalisation.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>The rule in one line of words, as <c>inspect</c> shows it.</summary>
    public string Describe()
    {
        var words = new StringBuilder();
        words.Append(Scores == ScoreFunction.Softmax ? "softmax over all" : "sigmoid of each");
        if (Bias is not null) words.Append(" + correction bias for the choice");
        if (Groups > 1) words.Append(CultureInfo.InvariantCulture, $", best {GroupsKept} of {Groups} groups by their top {GroupScoreExperts}");
        words.Append(CultureInfo.InvariantCulture, $", top-{K} of {Experts}");
        words.Append(Normalise ? ", renormalised" : ", not renormalised");
        if (Scale != 1) words.Append(CultureInfo.InvariantCulture, $", times {Scale}");
        return words.ToString();
    }
}
