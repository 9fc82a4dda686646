namespace MoeDevtools.Routing;

/// <summary>
/// What one router chose over a window of steps that ends with the current batch: c_e, C, T and empty slots. Padding is left out. Scratch that is filled again for
/// each batch; owned by one thread.
/// </summary>
/// <param name="window">Steps: the current one and those before it, as far as there are; 0 = the current batch alone.</param>
public sealed class LoadWindow(int window)
{
    private long[] _counts = [];
    private int _experts;
    private int _real;

    public int Window => window;

    /// <summary>c_e of the experts that have a load; those of identities are not among them.</summary>
    public ReadOnlySpan<long> Counts => _counts.AsSpan(0, _real);

    /// <summary>c_e <c>[experts]</c>, identities too.</summary>
    public ReadOnlySpan<long> AllCounts => _counts.AsSpan(0, _experts);

    /// <summary>C = Σ c_e over <see cref="Counts"/>.</summary>
    public long Assignments { get; private set; }

    /// <summary>Slots that hold an identity.</summary>
    public long IdentityAssignments { get; private set; }

    /// <summary>T.</summary>
    public long Tokens { get; private set; }

    /// <summary>Slots that hold no expert.</summary>
    public long EmptySlots { get; private set; }

    /// <summary>Steps with data, the current one included.</summary>
    public int Steps { get; private set; }

    /// <param name="batch">The current batch; without its selected experts only tokens are counted.</param>
    /// <param name="loads">The batches before it, earlier passes of its step included; null = none are kept.</param>
    public void Fill(RoutingBatch batch, ExpertLoads? loads)
    {
        (_experts, _real) = (batch.Experts, batch.Router.Rule.RealExperts);
        if (_counts.Length < _experts) _counts = new long[_experts];
        var counts = _counts.AsSpan(0, _experts);
        counts.Clear();
        (Tokens, EmptySlots, Assignments, IdentityAssignments, Steps) = (0, 0, 0, 0, 1);
        if (window > 0 && loads is { Steps: > 0 })
        {
            // An earlier pass of the current step is already the last step of the loads.
            var sameStep = loads.LastStep == batch.Pass.Step;
            var earlier = Math.Min(loads.Steps, sameStep ? window : window - 1);
            Tokens = loads.Sum(earlier, counts);
            EmptySlots = loads.EmptySlots(earlier);
            Steps = sameStep ? earlier : earlier + 1;
        }
        var (tokens, empty) = batch.CountInto(counts, 1L);
        Tokens += tokens;
        EmptySlots += empty;
        foreach (var c in counts[.._real]) Assignments += c;
        foreach (var c in counts[_real..]) IdentityAssignments += c;
    }
}
