namespace MoeDevtools.Models.Backends;

/// <summary>
/// The (token, slot) pairs of a pass sorted by expert, so that an expert's weights are read once for all its tokens. Pair p is row p of the
/// experts' inner and output matrices. Arrays are used again from pass to pass.
/// </summary>
internal sealed class ExpertGroups
{
    private int[] _starts = [];

    /// <summary>Pairs in all.</summary>
    public int Pairs { get; private set; }

    /// <summary>Experts with tokens, in ascending order.</summary>
    public int Count { get; private set; }

    /// <summary>Their weights and ranges of pairs <c>[Count]</c>; the rest of the array is leftovers.</summary>
    public ExpertGroup[] Groups { get; private set; } = [];

    /// <summary>The token of each pair <c>[Pairs]</c>.</summary>
    public int[] TokenOf { get; private set; } = [];

    /// <summary>The slot of each pair <c>[Pairs]</c>.</summary>
    public int[] SlotOf { get; private set; } = [];

    /// <summary>The pair of each slot, -1 where it is empty or holds an identity <c>[tokens, slots]</c>.</summary>
    public int[] PairOf { get; private set; } = [];

    public void Fill(CpuRouted routed, IReadOnlyList<MlpWeights> experts)
    {
        var selected = routed.Selected;
        Grow(ref _starts, experts.Count + 1);
        Array.Clear(_starts);
        foreach (var expert in selected)
        {
            if (expert < 0 || expert >= experts.Count) continue;                     // empty, or an identity
            _starts[expert + 1]++;
        }
        if (Groups.Length < experts.Count) Groups = new ExpertGroup[experts.Count];
        (Count, Pairs) = (0, 0);
        for (var e = 0; e < experts.Count; e++)
        {
            var count = _starts[e + 1];
            if (count > 0) Groups[Count++] = new ExpertGroup(experts[e], Pairs, count);
            Pairs += count;
            _starts[e + 1] = Pairs;
        }
        if (TokenOf.Length < Pairs) (TokenOf, SlotOf) = (new int[Pairs], new int[Pairs]);
        if (PairOf.Length < selected.Length) PairOf = new int[selected.Length];
        for (var i = 0; i < selected.Length; i++)
        {
            var expert = selected[i];
            PairOf[i] = expert < 0 || expert >= experts.Count ? -1 : _starts[expert]++;
            if (PairOf[i] >= 0) (TokenOf[PairOf[i]], SlotOf[PairOf[i]]) = (i / routed.Slots, i);
        }
    }

    /// <summary>All tokens to one MLP.</summary>
    public void Fill(MlpWeights weights, int tokens)
    {
        if (Groups.Length == 0) Groups = new ExpertGroup[1];
        Groups[0] = new ExpertGroup(weights, 0, tokens);
        (Count, Pairs) = (1, tokens);
    }

    private static void Grow(ref int[] array, int length)
    {
        if (array.Length < length) array = new int[length];
    }
}
