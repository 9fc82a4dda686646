using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>What one router did over the whole session so far. Padding is left out. Written by the compute thread.</summary>
public sealed class RouterTotals(RouterInfo router)
{
    // Whole numbers: what was added and taken away again leaves no trace.
    private const double Unit = 1L << 32;
    private long _entropy;
    private long _scored;

    public RouterInfo Router { get; } = router;

    /// <summary>c_e <c>[experts]</c>.</summary>
    public long[] Counts { get; } = new long[router.Experts];

    /// <summary>T.</summary>
    public long Tokens { get; private set; }

    /// <summary>Slots that no expert filled.</summary>
    public long EmptySlots { get; private set; }

    /// <summary>Some rows may have been padding: nobody said which.</summary>
    public bool MayHoldPadding { get; private set; }

    /// <summary>C: slots with an expert that has a load.</summary>
    public long Assignments => Counts.Take(Router.Rule.RealExperts).Sum();

    /// <summary>Slots with an identity.</summary>
    public long IdentityAssignments => Counts.Skip(Router.Rule.RealExperts).Sum();

    /// <summary>Mean score entropy, 0 to 1; NaN when no scores were captured.</summary>
    public double MeanEntropy => _scored == 0 ? double.NaN : _entropy / Unit / _scored;

    /// <summary>Utilization ratio c_e N / C: 1 = fair share; NaN before the first token, and of an identity, which has none.</summary>
    public double Load(int expert) => expert < Router.Rule.RealExperts ? (double)Counts[expert] * Router.Rule.RealExperts / Assignments : double.NaN;

    internal RouterTotals Copy()
    {
        var copy = new RouterTotals(Router) { Tokens = Tokens, EmptySlots = EmptySlots, MayHoldPadding = MayHoldPadding, _entropy = _entropy, _scored = _scored };
        Counts.CopyTo(copy.Counts, 0);
        return copy;
    }

    internal void Add(RoutingBatch batch) => Count(batch, 1);

    /// <summary>Takes back what <see cref="Add"/> added of the same batch.</summary>
    internal void Remove(RoutingBatch batch) => Count(batch, -1);

    private void Count(RoutingBatch batch, int sign)
    {
        if (!batch.Has(RoutingColumns.SelectedExperts)) return;
        var (tokens, empty) = batch.CountInto<long>(Counts, sign);
        MayHoldPadding |= !batch.Pass.Rows.IsPaddingKnown;
        Tokens += sign * tokens;
        EmptySlots += sign * empty;
        for (var row = 0; row < batch.Tokens && batch.Has(RoutingColumns.RouterScores); row++)
        {
            if (!batch.IsToken(row)) continue;
            var entropy = Entropy.Normalised(batch.ScoresOf(row));
            if (double.IsNaN(entropy)) continue;
            _entropy += sign * (long)Math.Round(entropy * Unit);
            _scored += sign;
        }
    }
}
