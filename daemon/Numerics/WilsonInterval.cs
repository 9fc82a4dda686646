namespace MoeDevtools.Numerics;

/// <summary>The 95 % interval of a rate by Wilson's score (Wilson 1927): it stays within 0 and 1, and is wide where there are few trials. NaN without trials.</summary>
public readonly record struct WilsonInterval(double Low, double High)
{
    /// <summary>97.5 % of a standard normal distribution lie below it.</summary>
    private const double Z = 1.959963984540054;

    public static WilsonInterval Of(long successes, long trials)
    {
        var (rate, n) = ((double)successes / trials, (double)trials);
        var (centre, half, scale) = (rate + Z * Z / (2 * n), Z * Math.Sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n)), 1 + Z * Z / n);
        return new WilsonInterval((centre - half) / scale, (centre + half) / scale);
    }
}
