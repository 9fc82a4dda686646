using System.Numerics;
using System.Runtime.InteropServices;
using MoeDevtools.Wire;

namespace MoeDevtools.Probe;

/// <summary>What a router decided in a pass: copies, with the experts of each row by descending weight. Immutable.</summary>
internal sealed class Decision
{
    private Decision(RouterProbe router, Pass pass, int tokens) => (Router, Pass, Tokens) = (router, pass, tokens);

    public RouterProbe Router { get; }

    public Pass Pass { get; }

    public int Tokens { get; }

    /// <summary><c>[tokens, k]</c></summary>
    public int[] Selected { get; private init; } = [];

    /// <summary><c>[tokens, k]</c>; empty = not known.</summary>
    public float[] Weights { get; private init; } = [];

    /// <summary>As the protocol has them, in the order in which they are sent.</summary>
    public IReadOnlyList<WrittenColumn> Columns { get; private init; } = [];

    /// <summary>No NaN and no infinity. Exact: x - x is 0 for every other number.</summary>
    public static bool IsFinite(ReadOnlySpan<float> logits)
    {
        var sum = Vector<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        foreach (var x in vectors) sum += x - x;
        var rest = 0f;
        foreach (var x in logits[(vectors.Length * Vector<float>.Count)..]) rest += x - x;
        return Vector.Sum(sum) + rest == 0;
    }

    /// <summary>Shapes as <see cref="RouterProbe.Observe"/> has them; what is empty is not known.</summary>
    public static Decision Of<T>(
        RouterProbe router, Pass pass, int tokens, ReadOnlySpan<float> logits, ReadOnlySpan<T> selected, ReadOnlySpan<float> weights, ReadOnlySpan<float> scores, ReadOnlySpan<float> ranked)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (experts, own) = (new int[selected.Length], weights.ToArray());
        for (var i = 0; i < experts.Length; i++) experts[i] = int.CreateTruncating(selected[i]);
        // Without weights the values by which they were chosen tell the order.
        var values = !ranked.IsEmpty ? ranked : !scores.IsEmpty ? scores : logits;
        for (var row = 0; row < tokens && (!weights.IsEmpty || !values.IsEmpty); row++)
            Sort(experts.AsSpan(row * router.K, router.K), own.Length > 0 ? own.AsSpan(row * router.K, router.K) : default, own.Length > 0 ? default : values.Slice(row * router.Experts, router.Experts));
        var columns = new List<WrittenColumn>(5);
        if (!logits.IsEmpty) columns.Add(WrittenColumn.Of("router_logits", logits, tokens, router.Experts));
        if (!ranked.IsEmpty) columns.Add(WrittenColumn.Of("selection_scores", ranked, tokens, router.Experts));
        columns.Add(WrittenColumn.Of("selected_experts", experts, tokens, router.K));
        if (own.Length > 0) columns.Add(WrittenColumn.Of("routing_weights", own, tokens, router.K));
        if (!scores.IsEmpty) columns.Add(WrittenColumn.Of("router_scores", scores, tokens, router.Experts));
        return new Decision(router, pass, tokens) { Selected = experts, Weights = own, Columns = columns };
    }

    /// <summary>Sorts a row in place by descending weight, equal ones in their order. Rows are short and mostly sorted.</summary>
    /// <param name="weights"><c>[k]</c>; empty = the <paramref name="values"/> of the experts <c>[experts]</c> tell the order.</param>
    private static void Sort(Span<int> experts, Span<float> weights, ReadOnlySpan<float> values)
    {
        for (var i = 1; i < experts.Length; i++)
            for (var j = i; j > 0 && Value(experts, weights, values, j) > Value(experts, weights, values, j - 1); j--)
            {
                (experts[j], experts[j - 1]) = (experts[j - 1], experts[j]);
                if (!weights.IsEmpty) (weights[j], weights[j - 1]) = (weights[j - 1], weights[j]);
            }

        static float Value(ReadOnlySpan<int> experts, ReadOnlySpan<float> weights, ReadOnlySpan<float> values, int slot) =>
            !weights.IsEmpty ? weights[slot] : (uint)experts[slot] < (uint)values.Length ? values[experts[slot]] : float.NegativeInfinity;
    }
}
