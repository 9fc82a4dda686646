namespace MoeDevtools.Routing;

/// <summary>Checks that a batch is what it says it is. Runs on every captured batch; padding is left out.</summary>
public static class BatchValidator
{
    private const int EnoughRows = 16;

    /// <summary>O(tokens · (experts + slots²)), no allocation.</summary>
    public static BatchProblems Check(RoutingBatch batch)
    {
        var problems = BatchProblems.None;
        int tokens = 0, probabilityRows = 0, first = -1;
        var allEqual = true;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            tokens++;
            if (batch.Has(RoutingColumns.SelectedExperts))
            {
                var experts = batch.ExpertsOf(row);
                problems |= CheckIds(experts, batch.Experts);
                if (first < 0) first = row;
                allEqual &= experts.SequenceEqual(batch.ExpertsOf(first));
            }
            if (batch.Has(RoutingColumns.RoutingWeights))
                foreach (var w in batch.WeightsOf(row))
                    if (!float.IsFinite(w)) problems |= BatchProblems.WeightNotFinite;
            if (batch.Has(RoutingColumns.RouterLogits) && (batch.Observed & RoutingColumns.RouterLogits) != 0)
                probabilityRows += CheckLogits(batch.LogitsOf(row), ref problems);
        }
        if (tokens >= EnoughRows && first >= 0 && allEqual && batch.Slots < batch.Experts) problems |= BatchProblems.AllRowsEqual;
        if (tokens > 0 && probabilityRows == tokens) problems |= BatchProblems.ProbabilitiesAsLogits;
        return problems;
    }

    private static BatchProblems CheckIds(ReadOnlySpan<int> experts, int count)
    {
        var problems = BatchProblems.None;
        for (var j = 0; j < experts.Length; j++)
        {
            if (experts[j] < -1 || experts[j] >= count) problems |= BatchProblems.IdOutOfRange;
            if (experts[j] >= 0 && experts[..j].Contains(experts[j])) problems |= BatchProblems.DuplicateId;
        }
        return problems;
    }

    private static int CheckLogits(ReadOnlySpan<float> logits, ref BatchProblems problems)
    {
        double sum = 0, smallest = double.PositiveInfinity;
        foreach (var z in logits)
        {
            if (!float.IsFinite(z)) problems |= BatchProblems.LogitNotFinite;
            sum += z;
            smallest = Math.Min(smallest, z);
        }
        return smallest >= 0 && Math.Abs(sum - 1) < 1e-3 ? 1 : 0;
    }
}
