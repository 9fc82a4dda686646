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

    /// <summary>H / ln N, 0 to 1; 0 for a single expert.</summary>
    public static double NormalisedEntropy(ReadOnlySpan<long> counts) => Entropy(counts) / (counts.Length == 1 ? 1 : Math.Log(counts.Length));

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

    /// <summary>σ / c̄, σ over the population: 0 = balanced, √(N/k − 1) = the most with k experts a token.</summary>
    public static double Cv(ReadOnlySpan<long> counts)
    {
        var mean = 0.0;
        foreach (var c in counts) mean += c;
        mean /= counts.Length;
        var squares = 0.0;
        foreach (var c in counts) squares += (c - mean) * (c - mean);
        return mean > 0 ? Math.Sqrt(squares / counts.Length) / mean : double.NaN;
    }

    /// <summary>Slots that no expert filled, of all slots: 0 to 1.</summary>
    /// <param name="assignments">C.</param>
    public static double DropRate(long assignments, long emptySlots) => (double)emptySlots / (assignments + emptySlots);

    /// <summary>
    /// Experts that no token chose, where a binomial test says that this is not chance: an expert of fair share is chosen by none of T tokens with probability (1 − C/(N·T))^T,
    /// which must lie below 0.001 / N, so that the chance that any of N fair experts shows none stays below 0.001.
    /// </summary>
    /// <param name="tokens">T.</param>
    public static bool ZeroIsNoChance(ReadOnlySpan<long> counts, long tokens)
    {
        double sum = 0;
        foreach (var c in counts) sum += c;
        return Math.Pow(1 - sum / counts.Length / tokens, tokens) < 0.001 / counts.Length;
    }
}
