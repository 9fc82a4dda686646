using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>Router z-loss: mean over tokens of (ln Σ e^z)² (Zoph 2022, ST-MoE, eq. 5), over the tokens for which it is finite. It grows with the logits. One router, one thread.</summary>
public sealed class RouterZLoss
{
    private double _sum;

    /// <summary>Tokens with finite logits.</summary>
    public long Tokens { get; private set; }

    /// <summary>NaN without tokens.</summary>
    public double Mean => _sum / Tokens;

    /// <summary>Needs router logits; a batch without them adds nothing.</summary>
    public void Add(RoutingBatch batch)
    {
        if (!batch.Has(RoutingColumns.RouterLogits)) return;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            var sum = Formulas.LogSumExp(batch.LogitsOf(row));
            if (!double.IsFinite(sum)) continue;
            _sum += sum * sum;
            Tokens++;
        }
    }

    /// <summary>Begins anew.</summary>
    public void Clear() => (_sum, Tokens) = (0, 0);
}
