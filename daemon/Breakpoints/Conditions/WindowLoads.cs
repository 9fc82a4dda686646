using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>c_e, C, T and empty slots of one router over a window of steps that ends with the current batch. Padding is left out.</summary>
/// <param name="window">Steps: the current one and those before it, as far as there are; 0 = the current batch alone.</param>
internal sealed class WindowLoads(int window)
{
    private long[] _counts = [];
    private int _experts;

    public int Window => window;

    /// <summary>The <see cref="Evaluation.Stamp"/> it was filled at.</summary>
    public long Stamp { get; private set; }

    /// <summary>c_e <c>[experts]</c>.</summary>
    public ReadOnlySpan<long> Counts => _counts.AsSpan(0, _experts);

    /// <summary>C = Σ c_e.</summary>
    public long Assignments { get; private set; }

    /// <summary>T.</summary>
    public long Tokens { get; private set; }

    /// <summary>Slots that hold no expert.</summary>
    public long EmptySlots { get; private set; }

    public void Fill(RoutingBatch batch, ExpertLoads? loads, long stamp)
    {
        Stamp = stamp;
        _experts = batch.Experts;
        if (_counts.Length < _experts) _counts = new long[_experts];
        var counts = _counts.AsSpan(0, _experts);
        counts.Clear();
        Tokens = EmptySlots = Assignments = 0;
        if (window > 0 && loads is not null)
        {
            // An earlier pass of the current step is already the last step of the loads.
            var steps = loads.LastStep == batch.Pass.Step ? window : window - 1;
            Tokens = loads.Sum(steps, counts);
            EmptySlots = loads.EmptySlots(steps);
        }
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            Tokens++;
            if (!batch.Has(RoutingColumns.SelectedExperts)) continue;
            foreach (var e in batch.ExpertsOf(row))
                if ((uint)e < (uint)_experts) counts[e]++;
                else EmptySlots++;
        }
        foreach (var c in counts) Assignments += c;
    }
}
