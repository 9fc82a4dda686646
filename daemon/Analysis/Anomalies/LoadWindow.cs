using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>What one router chose over the last steps, the current batch included. Scratch of a detector, refilled by each check.</summary>
internal sealed class LoadWindow(int steps)
{
    private long[] _counts = [];

    /// <summary>c_e <c>[experts]</c>.</summary>
    public Span<long> Counts => _counts.AsSpan(0, Experts);

    public int Experts { get; private set; }

    /// <summary>T.</summary>
    public long Tokens { get; private set; }

    /// <summary>C, the sum of the counts.</summary>
    public long Assignments { get; private set; }

    /// <summary>Steps with data, at most the window.</summary>
    public int Steps { get; private set; }

    public void Fill(RoutingBatch batch, ExpertLoads loads)
    {
        Experts = batch.Experts;
        if (_counts.Length < Experts) _counts = new long[Experts];
        var sameStep = loads.Steps > 0 && loads.LastStep == batch.Pass.Step;
        var earlier = Math.Min(loads.Steps, sameStep ? steps : steps - 1);
        Tokens = loads.Sum(earlier, Counts);
        Steps = sameStep ? earlier : earlier + 1;
        var counts = Counts;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            Tokens++;
            foreach (var e in batch.ExpertsOf(row))
                if (e >= 0) counts[e]++;
        }
        Assignments = 0;
        foreach (var c in counts) Assignments += c;
    }
}
