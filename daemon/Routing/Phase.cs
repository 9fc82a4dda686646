namespace MoeDevtools.Routing;

/// <summary>What a forward pass is for. The values are stored in traces: never renumber.</summary>
public enum Phase
{
    Prefill = 0,
    Decode = 1,
    Train = 2,
    Eval = 3,

    /// <summary>A forward pass repeated for the backward pass: it makes no new decisions.</summary>
    Recompute = 4,
}
