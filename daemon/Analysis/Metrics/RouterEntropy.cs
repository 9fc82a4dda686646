using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>Mean router entropy: −Σ p ln p / ln N with p = s / Σ s, 0 to 1, over the tokens for which it is defined. One router, one thread.</summary>
public sealed class RouterEntropy
{
    private double[] _rows = [];
    private double _sum;

    /// <summary>Tokens with an entropy.</summary>
    public long Tokens { get; private set; }

    /// <summary>NaN without tokens.</summary>
    public double Mean => _sum / Tokens;

    /// <summary>Begins anew.</summary>
    public void Clear() => (_sum, Tokens) = (0, 0);

    /// <summary>Needs router scores; a batch without them adds nothing.</summary>
    public void Add(RoutingBatch batch)
    {
        if (!batch.Has(RoutingColumns.RouterScores)) return;
        if (_rows.Length < batch.Tokens) _rows = new double[batch.Tokens];
        Entropy.Normalised(batch.RouterScores, _rows.AsSpan(0, batch.Tokens));
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row) || double.IsNaN(_rows[row])) continue;
            _sum += _rows[row];
            Tokens++;
        }
    }
}
