using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Entropy
{
    private const string NotFinite = "the entropy of scores that are not finite is undefined";

    public static Quantity Quantity { get; } = new()
    {
        Name = "entropy",
        Kind = ValueKind.Number,
        Scope = Scope.Decision,
        Unit = "0 to 1",
        Meaning = "−Σ p ln p / ln N with p = s / Σ s, over all N router scores",
        Columns = RoutingColumns.RouterScores,
        Range = r => new Attainable(0, r.Experts == 1 ? 0 : 1),
        Compute = Of,
    };

    /// <summary>Notes the error that <see cref="Of"/> would note, and gives false; far cheaper.</summary>
    internal static bool IsDefined(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.RouterScores, column)) return false;
        if (Numerics.Entropy.IsDefined(at.Batch.ScoresOf(at.Row))) return true;
        at.Fail(NotFinite, column);
        return false;
    }

    private static double Of(Evaluation at, int column)
    {
        if (!at.Has(RoutingColumns.RouterScores, column)) return double.NaN;
        var entropy = Numerics.Entropy.Normalised(at.Batch.ScoresOf(at.Row));
        return double.IsNaN(entropy) ? at.Fail(NotFinite, column) : entropy;
    }
}
