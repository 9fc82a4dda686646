namespace MoeDevtools.Models.Backends;

/// <summary>The keys of each query of a pass, in an ordinary array.</summary>
internal sealed class CpuChosen : ChosenKeys
{
    private int[] _keys = [];

    /// <summary>No query has more keys before it than are chosen, so that each sees all.</summary>
    public bool IsAll { get; private set; }

    /// <summary>The most that are chosen for a query.</summary>
    public int Most { get; private set; }

    /// <summary><c>[tokens, Most]</c>, ascending; a query that has fewer keys before it leaves the rest undefined.</summary>
    public int[] Keys => _keys;

    public void Reset(int tokens, int most, bool isAll)
    {
        (Most, IsAll) = (most, isAll);
        if (!isAll && _keys.Length < tokens * most) _keys = new int[tokens * most];
    }

    public override void Dispose()
    {
    }
}
