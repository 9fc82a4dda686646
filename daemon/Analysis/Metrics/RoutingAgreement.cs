namespace MoeDevtools.Analysis.Metrics;

/// <summary>
/// How far two runs route alike over the same tokens: |S ∩ S'| / k and Jaccard of each decision, and where a token first differs. Filled token by token, routers in
/// forward order. One thread.
/// </summary>
/// <param name="routers">Routers that are compared.</param>
public sealed class RoutingAgreement(int routers)
{
    private readonly double[] _overlap = new double[routers];
    private readonly double[] _jaccard = new double[routers];
    private readonly long[] _decisions = new long[routers];
    private readonly long[] _differing = new long[routers];
    private readonly long[] _first = new long[routers];
    private int _firstOfToken = -1;

    /// <summary>Tokens that were compared.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens that chose other experts at some router.</summary>
    public long DifferingTokens { get; private set; }

    /// <summary>One decision of the current token. The order of experts does not matter, and empty slots (-1) do not count.</summary>
    /// <returns>Whether the two sets differ.</returns>
    public bool Add(int router, ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var (inA, inB, shared) = (0, 0, 0);
        foreach (var e in a)
        {
            if (e < 0) continue;
            inA++;
            if (b.Contains(e)) shared++;
        }
        foreach (var e in b)
            if (e >= 0) inB++;
        // k of two sets of unequal size is the larger one: the agreement is 1 for equal sets alone. Two empty sets agree.
        var (k, union) = (Math.Max(inA, inB), inA + inB - shared);
        _overlap[router] += k == 0 ? 1 : (double)shared / k;
        _jaccard[router] += union == 0 ? 1 : (double)shared / union;
        _decisions[router]++;
        if (shared == union) return false;
        _differing[router]++;
        if (_firstOfToken < 0) _firstOfToken = router;
        return true;
    }

    /// <summary>Ends the current token.</summary>
    public void EndToken()
    {
        Tokens++;
        if (_firstOfToken < 0) return;
        DifferingTokens++;
        _first[_firstOfToken]++;
        _firstOfToken = -1;
    }

    /// <summary>Decisions that were compared at a router.</summary>
    public long Decisions(int router) => _decisions[router];

    /// <summary>Decisions that differ.</summary>
    public long Differing(int router) => _differing[router];

    /// <summary>Tokens whose first difference is here.</summary>
    public long FirstDivergent(int router) => _first[router];

    /// <summary>mean |S ∩ S'| / k; NaN without decisions. Chance is k/N.</summary>
    public double Agreement(int router) => _overlap[router] / _decisions[router];

    /// <summary>mean |S ∩ S'| / |S ∪ S'|; NaN without decisions.</summary>
    public double Jaccard(int router) => _jaccard[router] / _decisions[router];

    /// <summary>Over all decisions of all routers.</summary>
    public double TotalAgreement => _overlap.Sum() / _decisions.Sum();

    /// <inheritdoc cref="TotalAgreement"/>
    public double TotalJaccard => _jaccard.Sum() / _decisions.Sum();

    /// <summary>DifferingTokens / Tokens; NaN without tokens.</summary>
    public double DifferingShare => (double)DifferingTokens / Tokens;
}
