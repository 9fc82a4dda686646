using MoeDevtools.Routing;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>Full capture at its least: every column of every router, copied to memory that is used again.</summary>
internal sealed class CopyingSink : IRoutingSink
{
    private float[] _reals = [];
    private int[] _experts = [];

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.All;

    public void OnRouted(RoutingBatch batch)
    {
        var (scores, slots) = (batch.Tokens * batch.Experts, batch.Tokens * batch.Slots);
        if (_reals.Length < 3 * scores + slots) _reals = new float[3 * scores + slots];
        if (_experts.Length < slots) _experts = new int[slots];
        batch.RouterLogits.CopyTo(_reals);
        batch.RouterScores.CopyTo(_reals.AsSpan(scores));
        batch.SelectionScores.CopyTo(_reals.AsSpan(2 * scores));
        batch.RoutingWeights.CopyTo(_reals.AsSpan(3 * scores));
        batch.SelectedExperts.CopyTo(_experts);
    }
}
