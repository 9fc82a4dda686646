using System.Runtime.InteropServices;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>Which tokens of the vocabulary one expert is chosen for, and how much more than by chance. One router, one thread.</summary>
public sealed class VocabularySpecialization(int expert)
{
    /// <summary>Rarer tokens are not told of: their rates would be wild.</summary>
    public const int LeastOccurrences = 8;

    private readonly Dictionary<int, (long Occurrences, long Assignments, long Chosen)> _tokens = [];
    private long _assignments;
    private long _chosen;

    /// <summary>What an occurrence of a token chose. Unknown ids (-1) and empty slots do not count.</summary>
    public void Add(int tokenId, ReadOnlySpan<int> experts)
    {
        if (tokenId < 0) return;
        ref var token = ref CollectionsMarshal.GetValueRefOrAddDefault(_tokens, tokenId, out _);
        token.Occurrences++;
        foreach (var e in experts)
        {
            if (e < 0) continue;
            token.Assignments++;
            _assignments++;
            if (e != expert) continue;
            token.Chosen++;
            _chosen++;
        }
    }

    /// <summary>Tokens that occur at least <see cref="LeastOccurrences"/> times, in no order.</summary>
    public IEnumerable<TokenSpecialization> Tokens() => _tokens.Where(t => t.Value.Occurrences >= LeastOccurrences).Select(t =>
    {
        var (occurrences, assignments, chosen) = t.Value;
        return new TokenSpecialization(t.Key, chosen, occurrences, (double)chosen / occurrences, Math.Log((double)chosen / assignments * _assignments / _chosen));
    });
}
