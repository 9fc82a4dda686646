using System.Runtime.InteropServices;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>Of the tokens of a domain (the label of their sequence), how many chose each expert: N(e, D) of N(D); chance is k/N. One router, one thread.</summary>
/// <param name="experts">N.</param>
public sealed class DomainSpecialization(int experts)
{
    private readonly Dictionary<string, (long Tokens, long[] Counts)> _domains = [];

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Domains => [.. _domains.Keys.Order(StringComparer.Ordinal)];

    /// <summary>N(D).</summary>
    public long Tokens(string domain) => _domains[domain].Tokens;

    /// <summary>N(e, D).</summary>
    public long Count(string domain, int expert) => _domains[domain].Counts[expert];

    /// <summary>What a token chose. One without a label is of no domain; empty slots do not count.</summary>
    public void Add(string? domain, ReadOnlySpan<int> chosen)
    {
        if (domain is null) return;
        ref var of = ref CollectionsMarshal.GetValueRefOrAddDefault(_domains, domain, out var known);
        if (!known) of.Counts = new long[experts];
        of.Tokens++;
        foreach (var e in chosen)
            if ((uint)e < (uint)experts) of.Counts[e]++;
    }
}
