using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>The tokens that came to a router, with what it decided for each: a page of them. Padding is left out.</summary>
public static class TokensView
{
    public const int MostRows = 10_000;

    /// <param name="router">Index in forward order.</param>
    /// <param name="from">The first row of the page, or the next one that there is.</param>
    /// <param name="count">Rows, at most <see cref="MostRows"/>.</param>
    /// <exception cref="OperationCanceledException"/>
    public static TokenPage From(RecordedRun run, int router, RowPlace from, int count, CancellationToken cancelled) => run.Look(
        (reader, either) =>
        {
            var rows = After(reader, router, from, count + 1, either);
            return Page(rows[..Math.Min(count, rows.Count)], Before(reader, router, from, 1, either).Count > 0, rows.Count > count);
        },
        cancelled);

    /// <param name="before">The row after the last of the page.</param>
    /// <inheritdoc cref="From"/>
    public static TokenPage Before(RecordedRun run, int router, RowPlace before, int count, CancellationToken cancelled) => run.Look(
        (reader, either) =>
        {
            var rows = Before(reader, router, before, count + 1, either);
            return Page(rows[Math.Max(0, rows.Count - count)..], rows.Count > count, After(reader, router, before, 1, either).Count > 0);
        },
        cancelled);

    /// <summary>The first rows from a place on, at most <paramref name="count"/>.</summary>
    private static List<(RecordedBatch Batch, int Row)> After(TraceReader reader, int router, RowPlace from, int count, CancellationToken cancelled)
    {
        var rows = new List<(RecordedBatch, int)>();
        for (var key = reader.Next(from.At(router - 1), router); key is { } at && rows.Count < count; key = reader.Next(at, router))
        {
            cancelled.ThrowIfCancellationRequested();
            rows.AddRange(Tokens(reader, at).SkipWhile(r => at == from.At(router) && r.Row < from.Row).Take(count - rows.Count));
        }
        return rows;
    }

    /// <summary>The last rows before a place, at most <paramref name="count"/>.</summary>
    private static List<(RecordedBatch Batch, int Row)> Before(TraceReader reader, int router, RowPlace before, int count, CancellationToken cancelled)
    {
        var pages = new List<List<(RecordedBatch, int)>>();
        var found = 0;
        for (var key = reader.Previous(before.At(router + 1), router); key is { } at && found < count; key = reader.Previous(at, router))
        {
            cancelled.ThrowIfCancellationRequested();
            var page = Tokens(reader, at).TakeWhile(r => at != before.At(router) || r.Row < before.Row).TakeLast(count - found).ToList();
            pages.Add(page);
            found += page.Count;
        }
        return [.. pages.AsEnumerable().Reverse().SelectMany(p => p)];
    }

    private static IEnumerable<(RecordedBatch Batch, int Row)> Tokens(TraceReader reader, BatchKey key)
    {
        var recorded = new RecordedBatch();
        if (!recorded.Read(reader, key, RoutingColumns.All & ~RoutingColumns.RouterLogits)) return [];
        return Enumerable.Range(0, recorded.Batch.Tokens).Where(recorded.Batch.IsToken).Select(row => (recorded, row));
    }

    private static TokenPage Page(List<(RecordedBatch Recorded, int Row)> rows, bool earlier, bool later)
    {
        var slots = rows.Count == 0 ? 0 : rows.Max(r => r.Recorded.Batch.Slots);
        var (experts, weights) = (new int[rows.Count, slots], new float[rows.Count, slots]);
        T[] Column<T>(Func<RoutingBatch, int, T> of) => [.. rows.Select(r => of(r.Recorded.Batch, r.Row))];
        for (var i = 0; i < rows.Count; i++)
        {
            var (batch, row) = (rows[i].Recorded.Batch, rows[i].Row);
            for (var j = 0; j < slots; j++)
            {
                experts[i, j] = j < batch.Slots && batch.Has(RoutingColumns.SelectedExperts) ? batch.ExpertsOf(row)[j] : -1;
                weights[i, j] = j < batch.Slots && batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row)[j] : float.NaN;
            }
        }
        return new TokenPage
        {
            Step = Column((b, _) => b.Pass.Step),
            Pass = Column((b, _) => b.Pass.Pass),
            Rank = Column((b, _) => b.Pass.Rank),
            Row = Column((_, row) => row),
            Sequence = Column((b, row) => b.Pass.Rows.Sequence[row]),
            Position = Column((b, row) => b.Pass.Rows.Position[row]),
            TokenId = Column((b, row) => b.Pass.Rows.TokenId[row]),
            Text = Column((b, row) => b.Pass.Rows.Text[row]),
            Label = Column((b, row) => b.Pass.Rows.Label[row]),
            Experts = experts,
            Weights = weights,
            Margin = Column((b, row) => b.Has(RoutingColumns.SelectionScores) ? (float)Formulas.Margin(b.SelectionOf(row), b.Router.Rule.K) : float.NaN),
            Entropy = Column((b, row) => b.Has(RoutingColumns.RouterScores) ? (float)Entropy.Normalised(b.ScoresOf(row)) : float.NaN),
            Changed = Column((b, row) => (byte)(b.IsChanged(row) ? 1 : 0)),
            HasEarlier = earlier,
            HasLater = later,
        };
    }
}
