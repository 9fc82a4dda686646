using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Traces.Storage;

/// <summary>Reads rows of <c>batches</c> and <c>batches_before</c>. Keeps its scratch; one thread at a time.</summary>
internal sealed class BatchRow
{
    /// <summary>What <see cref="Read"/> needs of a row, in its order.</summary>
    public const string Columns =
        "slots, present, observed, problems, id_bytes, real_bytes, packed, derived_crc, router_logits, router_scores, selection_scores, selected_experts, routing_weights, chosen, taken";

    private const int FirstBlob = 8;
    private readonly Packing _packing = new();
    private readonly RoutingBatch _whole = new();

    /// <summary>
    /// Fills <paramref name="batch"/>, whose pass is filled already. Columns that were left out because the router's rule makes them from the logits are made again.
    /// </summary>
    /// <param name="columns">Columns that are wanted.</param>
    /// <param name="changed">The batch holds what it was before, with <see cref="RoutingBatch.BeginChange"/> called; that stays.</param>
    /// <exception cref="InvalidDataException">The row contradicts itself.</exception>
    public BatchProblems Read(Statement row, RouterInfo router, RoutingPass pass, RoutingBatch batch, RoutingColumns columns, bool changed = false)
    {
        var layout = LayoutOf(row, router, pass.Rows.Count);
        var derived = Derived(row, layout);
        var (needed, target) = (derived & columns) == 0 ? (columns, batch) : (RoutingColumns.All, _whole);
        if (target != batch || !changed) target.Reset(router, pass, layout.Slots, layout.Present & needed);
        if (changed) Grow(batch, layout, columns);
        for (var i = 0; i < BatchLayout.Blobs; i++)
        {
            if (layout.Length(i) < 0 || (i < BatchLayout.Chosen && (needed & ~derived & BatchLayout.ColumnOf(i)) == 0)) continue;
            BatchCodec.Decode(Blob(row, layout, i), layout, i, target);
        }
        if (target != batch)
        {
            DerivedColumns.Make(target, derived, layout.RealBytes);
            if (!row.IsNull(7) && DerivedColumns.Crc(target, layout, derived) != row.Integer(7)) throw new InvalidDataException("columns that the compaction left out come out differently on this machine");
            if (!changed) batch.Reset(router, pass, layout.Slots, layout.Present & columns);
            Copy(target, batch);
        }
        batch.Observed = (RoutingColumns)row.Int(2) & batch.Present;
        return (BatchProblems)row.Int(3);
    }

    public static BatchLayout LayoutOf(Statement row, RouterInfo router, int rows)
    {
        var (slots, idBytes, realBytes) = (row.Int(0), row.Int(4), row.Int(5));
        if (slots is < 0 or > 1 << 20 || idBytes is not (1 or 2 or 4) || realBytes is not (2 or 4)) throw new InvalidDataException("a batch of an impossible shape");
        return new BatchLayout(router, rows, slots, (RoutingColumns)row.Int(1) & RoutingColumns.All, idBytes, realBytes);
    }

    /// <summary>Columns that the batch has and the row does not.</summary>
    public static RoutingColumns Derived(Statement row, in BatchLayout layout)
    {
        var derived = RoutingColumns.None;
        for (var i = 0; i < BatchLayout.Chosen; i++)
            if (layout.Length(i) >= 0 && row.IsNull(FirstBlob + i)) derived |= BatchLayout.ColumnOf(i);
        return derived;
    }

    /// <summary>The bytes of blob <paramref name="i"/>, unpacked; valid until the next call or step.</summary>
    /// <exception cref="InvalidDataException">They are not as many as the row says.</exception>
    public ReadOnlySpan<byte> Blob(Statement row, in BatchLayout layout, int i)
    {
        var blob = row.Blob(FirstBlob + i);
        if (row.IsNull(FirstBlob + i)) throw new InvalidDataException("a batch without a column that it names");
        if (row.Int(6) != 0) blob = _packing.Unpack(blob, layout.Length(i), layout.ElementBytes(i));
        return blob.Length == layout.Length(i) ? blob : throw new InvalidDataException($"a column of {blob.Length} bytes in place of {layout.Length(i)}");
    }

    private static void Grow(RoutingBatch batch, in BatchLayout layout, RoutingColumns columns)
    {
        if (layout.Slots < batch.Slots || (layout.Present & columns) != batch.Present) throw new InvalidDataException("a changed batch of another shape than before");
        batch.GrowSlots(layout.Slots);
    }

    private static void Copy(RoutingBatch from, RoutingBatch to)
    {
        if (to.Has(RoutingColumns.RouterLogits)) from.RouterLogits.CopyTo(to.RouterLogits);
        if (to.Has(RoutingColumns.RouterScores)) from.RouterScores.CopyTo(to.RouterScores);
        if (to.Has(RoutingColumns.SelectionScores)) from.SelectionScores.CopyTo(to.SelectionScores);
        if (to.Has(RoutingColumns.SelectedExperts)) from.SelectedExperts.CopyTo(to.SelectedExperts);
        if (to.Has(RoutingColumns.RoutingWeights)) from.RoutingWeights.CopyTo(to.RoutingWeights);
        from.Chosen.CopyTo(to.Chosen);
        from.Taken.CopyTo(to.Taken);
    }
}
