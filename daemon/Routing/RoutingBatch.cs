using System.Numerics;

namespace MoeDevtools.Routing;

/// <summary>
/// All rows of one router in one pass on one rank, columnar. Filled by the model, lent to an <see cref="IRoutingSink"/> for the length of
/// one call, then reused. A column is row-major: <c>router_logits [tokens, experts]</c>, <c>selected_experts [tokens, slots]</c>.
/// </summary>
public sealed class RoutingBatch
{
    private float[] _routerLogits = [];
    private float[] _routerScores = [];
    private float[] _selectionScores = [];
    private int[] _selectedExperts = [];
    private float[] _routingWeights = [];
    private int[] _chosen = [];
    private int[] _taken = [];
    private RoutingBatch? _spare;

    /// <summary>The router; set by <see cref="Reset"/>.</summary>
    public RouterInfo Router { get; private set; } = null!;

    /// <summary>Step, pass, phase, rank and rows; set by <see cref="Reset"/>.</summary>
    public RoutingPass Pass { get; private set; } = null!;

    /// <summary>T: rows of the pass, padding included.</summary>
    public int Tokens { get; private set; }

    /// <summary>N.</summary>
    public int Experts { get; private set; }

    /// <summary>Slots a row has: the rule's k, or more after a change. An empty slot holds expert -1 and weight 0.</summary>
    public int Slots { get; private set; }

    /// <summary>The columns that hold data.</summary>
    public RoutingColumns Present { get; set; }

    /// <summary>Those of <see cref="Present"/> that the model itself computed; the rest was derived from them. Set by <see cref="Reset"/> from the router's rule.</summary>
    public RoutingColumns Observed { get; set; }

    /// <summary>The batch as the model's own rule made it, once something changed it; null while nothing did.</summary>
    public RoutingBatch? Before { get; private set; }

    /// <summary>The model waits for what is made of this batch; false = it has gone on already, and a change would not reach it. True after <see cref="Reset"/>.</summary>
    public bool IsHeld { get; set; } = true;

    /// <summary>A recording decided rows of it; what the model would have decided is in <see cref="Before"/>. Cleared by <see cref="Reset"/>.</summary>
    public bool IsReplayed { get; set; }

    /// <summary>z. Raw scores of the router. <c>[tokens, experts]</c>; empty when not present.</summary>
    public Span<float> RouterLogits => _routerLogits.AsSpan(0, Has(RoutingColumns.RouterLogits) ? Tokens * Experts : 0);

    /// <summary>s. The family's function of the logits. <c>[tokens, experts]</c>; empty when not present.</summary>
    public Span<float> RouterScores => _routerScores.AsSpan(0, Has(RoutingColumns.RouterScores) ? Tokens * Experts : 0);

    /// <summary>a. What top-k really ranked. <c>[tokens, experts]</c>; empty when not present, and where nothing is ranked.</summary>
    public Span<float> SelectionScores => _selectionScores.AsSpan(0, Has(RoutingColumns.SelectionScores) ? Tokens * Experts : 0);

    /// <summary>Expert ids by descending routing weight; -1 = empty slot. <c>[tokens, slots]</c>.</summary>
    public Span<int> SelectedExperts => _selectedExperts.AsSpan(0, Has(RoutingColumns.SelectedExperts) ? Tokens * Slots : 0);

    /// <summary>w, as handed to the experts. <c>[tokens, slots]</c>.</summary>
    public Span<float> RoutingWeights => _routingWeights.AsSpan(0, Has(RoutingColumns.RoutingWeights) ? Tokens * Slots : 0);

    /// <summary>
    /// Where experts have a capacity: what each row chose by the rule, whether it was dropped or not <c>[tokens, k]</c>. Empty elsewhere.
    /// </summary>
    public Span<int> Chosen => _chosen.AsSpan(0, Router.Rule.Capacity is null ? 0 : Tokens * Router.Rule.K);

    /// <summary>Where experts have a capacity: how many tokens of the sequence chose each before this pass <c>[experts]</c>. Empty elsewhere.</summary>
    public Span<int> Taken => _taken.AsSpan(0, Router.Rule.Capacity is null ? 0 : Experts);

    public Span<float> LogitsOf(int row) => RouterLogits.Slice(row * Experts, Experts);

    public Span<float> ScoresOf(int row) => RouterScores.Slice(row * Experts, Experts);

    public Span<float> SelectionOf(int row) => SelectionScores.Slice(row * Experts, Experts);

    public Span<int> ExpertsOf(int row) => SelectedExperts.Slice(row * Slots, Slots);

    public Span<float> WeightsOf(int row) => RoutingWeights.Slice(row * Slots, Slots);

    public bool Has(RoutingColumns columns) => (Present & columns) == columns;

    /// <summary>True if row <paramref name="row"/> is a token, not padding.</summary>
    public bool IsToken(int row) => !Pass.Rows.Padding[row];

    /// <summary>Adds <paramref name="by"/> to c_e <c>[experts]</c> for each slot that holds e. Padding is left out; without the column only tokens are counted.</summary>
    /// <returns>T, and the slots that hold no expert. An id out of range is neither.</returns>
    public (int Tokens, int EmptySlots) CountInto<T>(Span<T> counts, T by) where T : struct, IBinaryInteger<T>
    {
        var (tokens, empty) = (0, 0);
        var selected = SelectedExperts;
        var padding = Pass.Rows.Padding;
        var slots = Has(RoutingColumns.SelectedExperts) ? Slots : 0;
        for (var row = 0; row < Tokens; row++)
        {
            if (padding[row]) continue;
            tokens++;
            foreach (var e in selected.Slice(row * slots, slots))
                if ((uint)e < (uint)counts.Length) counts[e] += by;
                else if (e < 0) empty++;
        }
        return (tokens, empty);
    }

    /// <summary>Makes room for the columns of another router or pass and forgets any change. Columns that the router's rule has not are left out. Contents are undefined until filled.</summary>
    public void Reset(RouterInfo router, RoutingPass pass, int slots, RoutingColumns present)
    {
        Router = router;
        Pass = pass;
        Tokens = pass.Rows.Count;
        Experts = router.Experts;
        Slots = slots;
        Present = present & router.Rule.Columns;
        Observed = Present & ~router.Rule.Derived;
        (IsReplayed, IsHeld) = (false, true);
        if (Before is not null) (_spare, Before) = (Before, null);
        var scores = Tokens * Experts;
        if (Has(RoutingColumns.RouterLogits)) Grow(ref _routerLogits, scores);
        if (Has(RoutingColumns.RouterScores)) Grow(ref _routerScores, scores);
        if (Has(RoutingColumns.SelectionScores)) Grow(ref _selectionScores, scores);
        if (Has(RoutingColumns.SelectedExperts)) Grow(ref _selectedExperts, Tokens * Slots);
        if (Has(RoutingColumns.RoutingWeights)) Grow(ref _routingWeights, Tokens * Slots);
        if (router.Rule.Capacity is null) return;
        Grow(ref _chosen, Tokens * router.Rule.K);
        Grow(ref _taken, Experts);
    }

    /// <summary>
    /// To be called before the first write to a column: keeps the model's own routing in <see cref="Before"/>.
    /// Calling it again changes nothing.
    /// </summary>
    public void BeginChange()
    {
        if (Before is not null) return;
        Before = _spare ?? new RoutingBatch();
        _spare = null;
        Before.CopyFrom(this);
    }

    /// <summary>Takes every change back: the columns and the number of slots are again the model's own.</summary>
    public void Restore()
    {
        if (Before is null) return;
        var before = Before;
        CopyFrom(before);
        (_spare, Before) = (before, null);
    }

    /// <summary>True if the decision at <paramref name="row"/> is not the model's own any more, as far as its columns are present.</summary>
    public bool IsChanged(int row)
    {
        if (Before is null || !Has(RoutingColumns.SelectedExperts)) return false;
        var slots = Math.Min(Slots, Before.Slots);
        return !ExpertsOf(row)[..slots].SequenceEqual(Before.ExpertsOf(row)[..slots])
            || Has(RoutingColumns.RoutingWeights) && !WeightsOf(row)[..slots].SequenceEqual(Before.WeightsOf(row)[..slots])
            || ExpertsOf(row)[slots..].ContainsAnyExcept(-1)
            || Before.ExpertsOf(row)[slots..].ContainsAnyExcept(-1);
    }

    /// <summary>Gives every row <paramref name="slots"/> slots; the new ones are empty (expert -1, weight 0).</summary>
    public void GrowSlots(int slots)
    {
        if (slots <= Slots) return;
        var experts = new int[Tokens * slots];
        var weights = new float[Tokens * slots];
        Array.Fill(experts, -1);
        for (var row = 0; row < Tokens; row++)
        {
            if (Has(RoutingColumns.SelectedExperts)) ExpertsOf(row).CopyTo(experts.AsSpan(row * slots));
            if (Has(RoutingColumns.RoutingWeights)) WeightsOf(row).CopyTo(weights.AsSpan(row * slots));
        }
        (_selectedExperts, _routingWeights, Slots) = (experts, weights, slots);
    }

    private void CopyFrom(RoutingBatch other)
    {
        var (before, spare) = (Before, _spare);
        (Before, _spare) = (null, null);
        Reset(other.Router, other.Pass, other.Slots, other.Present);
        (Before, _spare) = (before, spare);
        Observed = other.Observed;
        other.RouterLogits.CopyTo(RouterLogits);
        other.RouterScores.CopyTo(RouterScores);
        other.SelectionScores.CopyTo(SelectionScores);
        other.SelectedExperts.CopyTo(SelectedExperts);
        other.RoutingWeights.CopyTo(RoutingWeights);
        other.Chosen.CopyTo(Chosen);
        other.Taken.CopyTo(Taken);
    }

    private static void Grow<T>(ref T[] column, int length)
    {
        if (column.Length < length) column = GC.AllocateUninitializedArray<T>(length);
    }
}
