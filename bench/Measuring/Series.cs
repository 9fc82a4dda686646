namespace MoeDevtools.Bench.Measuring;

/// <summary>What one thing measured in each round, in rising order.</summary>
internal sealed class Series(IEnumerable<double> values)
{
    private readonly double[] _values = [.. values.Order()];

    public double Median => (_values[(_values.Length - 1) / 2] + _values[_values.Length / 2]) / 2;

    public double Min => _values[0];

    public double Max => _values[^1];

    /// <summary>The same rounds in another unit.</summary>
    public Series Select(Func<double, double> convert) => new(_values.Select(convert));
}
