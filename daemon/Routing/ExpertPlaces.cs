namespace MoeDevtools.Routing;

/// <summary>
/// What the tokens of one sequence chose at a router whose experts have a capacity, position by position: the places that are taken. Belongs to the state of the sequence
/// and is rewound with it. One thread.
/// </summary>
/// <param name="experts">N.</param>
/// <param name="k">Choices of a token.</param>
public sealed class ExpertPlaces(int experts, int k)
{
    private readonly List<int> _chosen = [];
    private readonly int[] _taken = new int[experts];

    /// <summary>Tokens that chose each expert, dropped ones too <c>[experts]</c>.</summary>
    public ReadOnlySpan<int> Taken => _taken;

    /// <summary>Tokens seen.</summary>
    public int Length => _chosen.Count / k;

    /// <summary>The next token's choice; -1 = an empty slot.</summary>
    public void Add(ReadOnlySpan<int> chosen)
    {
        foreach (var e in chosen)
        {
            if (e >= 0) _taken[e]++;
            _chosen.Add(e);
        }
    }

    /// <summary>Forgets tokens from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        while (_chosen.Count > length * k)
        {
            if (_chosen[^1] is >= 0 and var e) _taken[e]--;
            _chosen.RemoveAt(_chosen.Count - 1);
        }
    }
}
