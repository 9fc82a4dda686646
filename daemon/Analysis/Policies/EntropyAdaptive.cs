using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Analysis.Policies;

/// <summary>
/// The best k by selection score, with k from the token's router entropy H: k_min up to H = low, k_max from H = high on, equal steps
/// between: k = k_min + ⌊(H − low) / (high − low) · (k_max − k_min + 1)⌋, at most k_max. Where H is undefined (NaN), k_max.
/// </summary>
internal sealed class EntropyAdaptive : IRoutingPolicy
{
    private readonly double _low;
    private readonly double _high;
    private readonly int _kMin;
    private readonly int _kMax;

    private EntropyAdaptive(PolicyValues values)
    {
        (_low, _high, _kMin, _kMax) = (values["low"], values["high"], values.Whole("k_min"), values.Whole("k_max"));
        Text = values.Text;
        if (_kMin > _kMax) throw Reversed("k_min", _kMin, "k_max", _kMax);
        if (_low >= _high) throw Reversed("low", _low, "high", _high);
    }

    public static PolicyKind Kind { get; } = new(
        new PolicyInfo(
            "entropy_adaptive",
            [
                PolicyParameter.Experts("k_max", null, $"experts of a token whose router is undecided"),
                PolicyParameter.Experts("k_min", 1, $"experts of a token whose router is sure"),
                new("low", 0, 0, 1, false, $"router entropy up to which k_min is used"),
                new("high", 1, 0, 1, false, $"router entropy from which k_max is used"),
            ],
            $"k from the token's router entropy: k_min up to low, k_max from high, equal steps between"),
        values => new EntropyAdaptive(values));

    public string Text { get; }

    public int MaxSlots(RouterRule rule) => Math.Min(_kMax, rule.Experts);

    public int Choose(RouterRule rule, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection, Span<int> selected)
    {
        var entropy = Formulas.NormalisedEntropy(scores);
        var part = double.IsNaN(entropy) ? 1 : Math.Clamp((entropy - _low) / (_high - _low), 0, 1);
        var k = Math.Min(_kMax, _kMin + (int)(part * (_kMax - _kMin + 1.0)));
        return Ranking.Best(selection, selected[..Math.Min(k, rule.Experts)]);
    }

    private static UserError Reversed(string less, double first, string more, double second) => new(
        "MOE6014", $"policy entropy_adaptive: {less} = {first} does not go with {more} = {second}.",
            $"Use k_min up to k_max, and low below high.");
}
