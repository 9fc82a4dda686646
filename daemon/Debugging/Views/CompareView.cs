using MoeDevtools.Debugging.Comparison;
using MoeDevtools.Messages;

namespace MoeDevtools.Debugging.Views;

/// <summary>Two recorded runs side by side, as <c>diff</c> compares them.</summary>
public static class CompareView
{
    /// <exception cref="UserError">They cannot be compared.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static RunComparison Of(RecordedRun a, RecordedRun b, ProgressReport progress, CancellationToken cancelled) => a.Look(
        (readerA, eitherA) => b.Look(
            (readerB, either) =>
            {
                var diff = TraceComparison.Compare(readerA, readerB, progress, either);
                var (loadsA, loadsB) = (a.Loads.Of(readerA, default, null, either), b.Loads.Of(readerB, default, null, either));
                double? Defined(double x) => double.IsFinite(x) ? x : null;
                return new RunComparison
                {
                    Tokens = diff.Agreement.Tokens,
                    Differing = diff.Agreement.DifferingShare,
                    First = diff.First is { At: { } at } first
                        ? new FirstDifference(at.Step, at.Pass, at.Rank, at.Row, first.Router.Index, first.Text ?? FormattableString.Invariant($"<{first.TokenId}>"), first.ExpertsA, first.ExpertsB, first.MarginA)
                        : null,
                    Routers =
                    [
                        .. diff.Routers.Index().Select(r => new RouterComparison(
                            r.Item.Index, Defined(diff.Agreement.Agreement(r.Index)), Defined(diff.Agreement.Jaccard(r.Index)),
                            Defined((double)diff.Agreement.Differing(r.Index) / diff.Agreement.Decisions(r.Index)),
                            loadsA?.Counts[r.Item.Index] ?? [], loadsB?.Counts[b.Routers.First(x => x.Id == r.Item.Id).Index] ?? [])),
                    ],
                    NotCompared = diff.NotCompared,
                    OnlyInA = diff.OnlyInA,
                    OnlyInB = diff.OnlyInB,
                    AfterDivergence = diff.AfterDivergence,
                };
            },
            eitherA),
        cancelled);
}
