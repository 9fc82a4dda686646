namespace MoeDevtools.Bench.Measuring;

/// <summary>One result beside what it is judged by; both in the same unit, measured in the same rounds.</summary>
internal sealed record Figure
{
    public required string Name { get; init; }

    public required Series Value { get; init; }

    public required string Unit { get; init; }

    public Better Better { get; init; }

    /// <summary>The peer or limit, in words.</summary>
    public required string Against { get; init; }

    /// <summary>Null when the peer is not on this machine.</summary>
    public required Series? AgainstValue { get; init; }

    /// <summary>What is asked of the ratio or the value, as people write it: <c>ratio >= 0.95</c>, <c>&lt;= 25</c>; null = nothing yet.</summary>
    public string? Aim { get; init; }

    /// <summary>How good the value is in terms of the peer or limit, by medians: above 1 = better. Null without a peer, or where both are 0.</summary>
    public double? Ratio => RatioOf(series => series.Median);

    /// <summary>The same by the best rounds, those that other work on the machine disturbed least.</summary>
    public double? RatioOfBest => RatioOf(series => Better == Better.Lower ? series.Min : series.Max);

    private double? RatioOf(Func<Series, double> of)
    {
        if (AgainstValue is null) return null;
        var ratio = Better == Better.Lower ? of(AgainstValue) / of(Value) : of(Value) / of(AgainstValue);
        return double.IsFinite(ratio) ? ratio : null;
    }
}
