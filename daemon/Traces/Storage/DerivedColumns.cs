using System.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Traces.Storage;

/// <summary>Columns that a router's rule makes from its logits: what a compaction need not keep.</summary>
internal static class DerivedColumns
{
    /// <summary>Fills the columns <paramref name="derived"/> of a batch that has logits; the others stay as they are.</summary>
    /// <param name="realBytes">2 = they are rounded to float16, as the recording rounded them.</param>
    /// <exception cref="InvalidDataException">It has no logits.</exception>
    public static void Make(RoutingBatch batch, RoutingColumns derived, int realBytes)
    {
        if (!batch.Has(RoutingColumns.RouterLogits)) throw new InvalidDataException("columns left out of a batch that has no logits to make them from");
        var rule = batch.Router.Rule;
        var (n, slots) = (batch.Experts, batch.Slots);
        Span<float> scores = new float[n], selection = new float[n], weights = new float[slots];
        Span<int> selected = new int[slots];
        for (var row = 0; row < batch.Tokens; row++)
        {
            // What was looked up by token id is not made of logits: it is in the file, or nothing is made of it. Ids that are none count as empty slots.
            if (rule.ByToken && batch.Has(RoutingColumns.SelectedExperts))
                for (var j = 0; j < slots; j++) selected[j] = (uint)batch.ExpertsOf(row)[j] < (uint)n ? batch.ExpertsOf(row)[j] : -1;
            RouterRules.Route(rule, batch.LogitsOf(row), scores, selection, selected, weights);
            if (realBytes == 2)
            {
                Round(scores);
                Round(selection);
                Round(weights);
            }
            if ((derived & RoutingColumns.RouterScores) != 0) scores.CopyTo(batch.ScoresOf(row));
            if ((derived & RoutingColumns.SelectionScores) != 0) selection.CopyTo(batch.SelectionOf(row));
            if ((derived & RoutingColumns.SelectedExperts) != 0) selected.CopyTo(batch.ExpertsOf(row));
            if ((derived & RoutingColumns.RoutingWeights) != 0) weights.CopyTo(batch.WeightsOf(row));
        }
    }

    private static void Round(Span<float> values)
    {
        foreach (ref var x in values) x = (float)(Half)x;
    }

    /// <summary>CRC-32C of the bytes that the columns would have in the file: shows a machine whose arithmetic makes them differently.</summary>
    public static uint Crc(RoutingBatch batch, in BatchLayout layout, RoutingColumns derived)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < BatchLayout.Chosen; i++)
        {
            if ((derived & BatchLayout.ColumnOf(i)) == 0) continue;
            var bytes = new byte[layout.Length(i)];
            BatchCodec.EncodeBlob(batch, layout, i, bytes);
            foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }
}
