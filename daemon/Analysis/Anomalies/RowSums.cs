using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>Sums over the tokens of a batch, for detectors that pool rows until they have enough of them.</summary>
internal static class RowSums
{
    /// <summary>The sum of a value of each row, and over how many rows. Padding is left out, and rows that have no finite value. The model's own decision is read, not what an intervention made of it.</summary>
    public static (double Sum, long Tokens) Of(RoutingBatch batch, Func<RoutingBatch, int, double> value)
    {
        var own = batch.Before ?? batch;
        var (sum, tokens) = (0.0, 0L);
        for (var row = 0; row < own.Tokens; row++)
        {
            if (!own.IsToken(row)) continue;
            var x = value(own, row);
            if (!double.IsFinite(x)) continue;
            sum += x;
            tokens++;
        }
        return (sum, tokens);
    }

    /// <summary>Router entropy, 0 to 1.</summary>
    public static (double Sum, long Tokens) Entropy(RoutingBatch batch) => Of(batch, static (own, row) => Numerics.Formulas.NormalisedEntropy(own.ScoresOf(row)));
}
