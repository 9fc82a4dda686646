using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>Selection margin a(k) − a(k+1), on what top-k really ranks, over the tokens for which it is defined: a near-tie flips with rounding. One router, one thread.</summary>
public sealed class SelectionMargins
{
    private double _sum;

    /// <summary>Tokens with a margin.</summary>
    public long Tokens { get; private set; }

    /// <summary>NaN without tokens.</summary>
    public double Mean => _sum / Tokens;

    /// <summary>The narrowest; +∞ without tokens.</summary>
    public double Least { get; private set; } = double.PositiveInfinity;

    /// <summary>Needs selection scores; a batch without them adds nothing.</summary>
    public void Add(RoutingBatch batch)
    {
        if (!batch.Has(RoutingColumns.SelectionScores)) return;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            var margin = Formulas.Margin(batch.SelectionOf(row), batch.Router.Rule.K);
            if (double.IsNaN(margin)) continue;
            _sum += margin;
            Least = Math.Min(Least, margin);
            Tokens++;
        }
    }

    /// <summary>Begins anew.</summary>
    public void Clear() => (_sum, Tokens, Least) = (0, 0, double.PositiveInfinity);
}
