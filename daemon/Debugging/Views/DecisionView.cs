using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>One decision as a stop shows it, from the recording or from the stop itself.</summary>
public static class DecisionView
{
    /// <param name="router">Index in forward order.</param>
    /// <exception cref="UserError">It is not recorded.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static Decision Of(RecordedRun run, int router, RowPlace at, CancellationToken cancelled) => run.Look(
        (reader, either) =>
        {
            var recorded = new RecordedBatch();
            if (!recorded.Read(reader, at.At(router)) || at.Row < 0 || at.Row >= recorded.Batch.Tokens)
                throw new UserError("MOE4040", $"step {at.Step}, pass {at.Pass}, router {router}, row {at.Row} is not recorded.", $"Choose a decision that the views show; the oldest steps are dropped when a recording is full.");
            var held = reader.Interventions().Where(i => HeldAt(i, at.At(router), at.Row) && Concerns(SessionCommands.Interventions.ParseSet(i.Text), recorded.Batch, at.Row)).Select(i => i.Text).ToList();
            return Of(recorded.Batch, at, held, run.Loads.Of(reader, default, null, either), isPresent: false);
        },
        cancelled);

    /// <summary>A row of the batch at which a session stands. Nobody may resume it meanwhile.</summary>
    public static Decision OfPresent(DebugSession session, Stop stop, int row, CancellationToken cancelled)
    {
        var cursor = stop.Cursor with { Row = row };
        var held = session.Interventions.Where(i => Concerns(i.Changes, stop.Batch, row) && (i.From is not { } from || (i.Once ? from == cursor : !cursor.IsBefore(from))))
            .Select(i => i.ToString());
        var loads = session.Recorded?.Look((reader, either) => session.Recorded.Loads.Of(reader, default, null, either), cancelled);
        return Of(stop.Batch, new RowPlace(cursor.Step, cursor.Pass, stop.Batch.Pass.Rank, row), [.. held], loads, isPresent: true);
    }

    private static bool Concerns(InterventionSet changes, RoutingBatch batch, int row) =>
        RouterNames.Matches(changes.Routers, batch.Router) && changes.Positions?.Contains(batch.Pass.Rows.Position[row]) != false;

    private static bool HeldAt(TraceIntervention made, BatchKey batch, int row)
    {
        int Order((BatchKey Batch, int Row) place) => place.Batch.CompareTo(batch) is not 0 and var order ? order : place.Row.CompareTo(row);
        if (made.Removed is { } removed && Order(removed) <= 0) return false;
        return made.From is not { } from || (made.Once ? Order(from) == 0 : Order(from) <= 0);
    }

    private static Decision Of(RoutingBatch batch, RowPlace at, IReadOnlyList<string> interventions, LoadTable? loads, bool isPresent)
    {
        var (row, rows) = (at.Row, batch.Pass.Rows);
        var counts = loads?.Counts[batch.Router.Index];
        var real = batch.Router.Rule.RealExperts;
        var assignments = counts?.Take(real).Sum() ?? 0;
        double? Load(int e) => assignments == 0 || e >= real ? null : counts![e] * (double)real / assignments;
        var chooses = batch.Has(RoutingColumns.SelectedExperts);
        var cut = chooses ? SelectionCut.Of(batch, row) : new SelectionCut(null, double.NaN, []);
        var scores = batch.Has(RoutingColumns.RouterScores) ? batch.ScoresOf(row).ToArray() : null;
        return new Decision
        {
            At = at,
            Router = batch.Router.Index,
            Phase = batch.Pass.Phase.Word(),
            Sequence = rows.Sequence[row],
            Position = rows.Position[row] is var position and >= 0 ? position : null,
            TokenId = rows.TokenId[row] < 0 ? null : rows.TokenId[row],
            Text = rows.Text[row],
            Label = rows.Label[row],
            IsPresent = isPresent,
            Experts = chooses ? Chosen(batch, row, Load) : [],
            RunnerUp = cut.Expert is { } next ? Shown(batch, row, next, null, Load) : null,
            Margin = Defined(cut.Margin),
            Dropped = cut.Dropped,
            Entropy = scores is null ? null : Defined(Formulas.NormalisedEntropy(scores)),
            Before = batch.IsChanged(row) ? Chosen(batch.Before!, row, Load) : null,
            Interventions = interventions,
            Logits = batch.Has(RoutingColumns.RouterLogits) ? batch.LogitsOf(row).ToArray() : null,
            Scores = scores,
            SelectionScores = batch.Has(RoutingColumns.SelectionScores) ? batch.SelectionOf(row).ToArray() : null,
            ScoresAreDerived = scores is not null && (batch.Observed & RoutingColumns.RouterScores) == RoutingColumns.None,
        };
    }

    private static List<ExpertShown> Chosen(RoutingBatch batch, int row, Func<int, double?> load)
    {
        var chosen = new List<ExpertShown>();
        for (var j = 0; j < batch.Slots; j++)
        {
            if (batch.ExpertsOf(row)[j] is not (>= 0 and var e)) continue;
            chosen.Add(Shown(batch, row, e, batch.Has(RoutingColumns.RoutingWeights) ? Defined(batch.WeightsOf(row)[j]) : null, load));
        }
        return chosen;
    }

    private static ExpertShown Shown(RoutingBatch batch, int row, int e, double? weight, Func<int, double?> load)
    {
        var known = e < batch.Experts;
        double? Of(RoutingColumns column, Span<float> values) => known && batch.Has(column) ? Defined(values[row * batch.Experts + e]) : null;
        return new ExpertShown(
            e, weight, Of(RoutingColumns.RouterScores, batch.RouterScores), Of(RoutingColumns.SelectionScores, batch.SelectionScores), Of(RoutingColumns.RouterLogits, batch.RouterLogits), known ? load(e) : null);
    }

    private static double? Defined(double x) => double.IsFinite(x) ? x : null;
}
