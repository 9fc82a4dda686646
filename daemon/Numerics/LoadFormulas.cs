namespace MoeDevtools.Numerics;

/// <summary>Formulas on the assignments c_e of a router's experts, with C = Σ c_e and q_e = c_e / C. NaN where nothing was
/// assigned.</summary>
public static class LoadFormulas
{
    /// <summary>H = −Σ q ln q, in nats.</summary>
    public static double Entropy(ReadOnlySpan<long> counts)
    {
        double sum = 0, weighted = 0;
        foreach (var c in counts)
        {
            if (c == 0) continue;
            sum += c;
            weighted += c * Math.Log(c);
        }
        return sum > 0 ? Math.Log(sum) - weighted / sum : double.NaN;
    }

    /// <summary>exp(H), 1 to N.</summary>
    public static double EffectiveExperts(ReadOnlySpan<long> counts) => Math.Exp(Entropy(counts));

    /// <summary>(max c − c̄) / c̄ with c̄ = C / N: 0 = balanced, N/k − 1 = the most with k experts a token.</summary>
    public static double MaxVio(ReadOnlySpan<long> counts)
    {
        long sum = 0, largest = 0;
        foreach (var c in counts)
        {
            sum += c;
            largest = Math.Max(largest, c);
        }
        return sum > 0 ? (double)largest * counts.Length / sum - 1 : double.NaN;
    }
}
