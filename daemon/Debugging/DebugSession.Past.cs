using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <content>Going back, branches, and what the session had done when it came to the stop in focus.</content>
public sealed partial class DebugSession
{
    /// <summary>True where the stop in focus is before the present one: going on from there reads the recording, which may take long, and is done when <see cref="Resume"/> returns.</summary>
    public bool IsBehind => _behind;

    /// <summary>The decision in focus, for a branch: another session on the same model goes on from it as if something had been different there.</summary>
    /// <exception cref="UserError">Not stopped, nothing is recorded, or this is a replay, which has no model.</exception>
    public BranchPlace PlaceHere()
    {
        var (stop, _, past) = Standing();
        if (_source is not ModelSession)
            throw new UserError("MOE4011", $"a recording or a training has no model to go on with.", $"Debug the checkpoint, or run it with --force-routing and the recording.");
        return new BranchPlace(past.Written(), stop.Cursor, _branch?.Place);
    }

    /// <summary>A branch at the decision in focus.</summary>
    /// <inheritdoc cref="PlaceHere"/>
    public Branch BranchFromHere() => Branch.Open(PlaceHere(), _request!, Routers);

    /// <summary>True if decisions are recorded, so that <see cref="Back"/> and its like can work.</summary>
    public bool CanGoBack => _past is not null;

    /// <summary>Undoes <see cref="StepKind.Over"/>: same row, router before; across the edge of a pass the row that over came from. <see cref="IDebugClient.OnStopped"/> follows.</summary>
    /// <exception cref="UserError">Not stopped, nothing is recorded, or this is the first decision that is.</exception>
    public void Back()
    {
        var (stop, _, past) = Standing();
        Show(stop.Reason == StopReason.End ? stop with { Reason = StopReason.Step } : past.Back(stop.Cursor) ?? throw BeforeRecording(stop), past);
    }

    /// <summary>Stops at the previous hit, with conditions evaluated over what is recorded. <see cref="IDebugClient.OnStopped"/> follows.</summary>
    /// <exception cref="UserError">As <see cref="Back"/>.</exception>
    /// <exception cref="OperationCanceledException">It stands where it stood.</exception>
    public void ReverseContinue(CancellationToken cancelled = default)
    {
        var (stop, present, past) = Standing();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancelled, _cancel.Token);
        var before = stop.Reason == StopReason.End ? stop.Cursor with { Row = stop.Row + 1 } : stop.Cursor;
        Show(
            past.Reverse(before, present, Breakpoints, _otherStops, ends.Token)
                ?? throw new UserError("MOE4006", $"nothing that is recorded before here hits.", $"Step back, or go to an earlier step."),
            past);
    }

    /// <summary>Goes to a recorded decision or to the present one. <see cref="IDebugClient.OnStopped"/> follows.</summary>
    /// <exception cref="UserError">As <see cref="Back"/>, or the decision is not recorded.</exception>
    public void GoTo(Cursor cursor)
    {
        var (_, present, past) = Standing();
        if (_source.Recording is not null && present.Cursor.Batch < cursor.Batch && past.Has(cursor.Batch))
        {
            RunOn(new StepPlan(StepKind.To, cursor));
            return;
        }
        Show(
            past.Find(cursor, present)
                ?? throw new UserError("MOE4007", $"step {cursor.Step}, pass {cursor.Pass}, router {cursor.Router}, row {cursor.Row} is not recorded.", $"Go to a step that is: they begin with {past.FirstStep} and end with {present.Cursor.Step}."),
            past);
    }

    /// <summary>Goes to the first decision of a step.</summary>
    /// <inheritdoc cref="GoTo(Cursor)"/>
    public void GoTo(long step)
    {
        var (_, present, past) = Standing();
        GoTo(past.FirstOf(step) is { } first ? Cursor.In(first, 0) : present.Cursor.Step == step ? present.Cursor : new Cursor(step, 0, 0, 0));
    }

    /// <summary>The first row of <paramref name="router"/> in each step that is recorded, up to the present one.</summary>
    public IReadOnlyList<Cursor> StepsOf(RouterInfo router) => _present is { } present && _past is { } past ? past.StepsOf(router.Index, present) : [];

    /// <summary>Focuses a stop that the compute thread did not make. Nothing happens once the session has ended.</summary>
    /// <param name="past">Where it is from: another run may have begun meanwhile.</param>
    private void Show(Stop stop, Past past)
    {
        lock (_gate)
        {
            if (_present is not { } present || _past != past) return;
            _behind = stop.Cursor.IsBefore(present.Cursor) || present.Reason == StopReason.End && stop.Reason != StopReason.End;
            Stopped = stop;
        }
        Progress.Touch();
        _client.OnStopped(stop);
    }

    private (Stop Stop, Stop Present, Past Past) Standing()
    {
        if (Stopped is not { } stop || _present is not { } present) throw NotStopped();
        return _past is not { } past ? throw new UserError("MOE4009", $"nothing is recorded, so there is no way back.", $"Start the session with a recording.") : (stop, present, past);
    }

    private static UserError BeforeRecording(Stop stop) =>
        new("MOE4010", $"step {stop.Cursor.Step}, router {stop.Router.Name} is the first decision that is recorded.", $"Earlier steps were not recorded, or were dropped for lack of room.");

    /// <summary>What a router did so far; at a stop in it with the batch in focus, as its decisions are now.</summary>
    public RouterTotals TotalsOf(RouterInfo router)
    {
        var totals = Totals[router.Index];
        if (Stopped is not { } stop) return totals;
        if (stop.Batch != _present?.Batch) totals = _past!.TotalsBefore(stop.Cursor.Batch, router.Index, totals, _present!);
        if (stop.Router.Index != router.Index || _present is { Reason: StopReason.End } && stop.Batch == _present.Batch) return totals;
        if ((BatchValidator.Check(stop.Batch.Before ?? stop.Batch) & BatchProblems.LogitNotFinite) != 0) return totals;
        var now = totals.Copy();
        now.Add(stop.Batch);
        return now;
    }

    /// <summary>Loads of the steps before the current batch, for expressions.</summary>
    public ExpertLoads LoadsOf(RouterInfo router) => Stopped is { } stop && (stop.Batch != _present?.Batch || _present.Reason == StopReason.End)
        ? _past!.LoadsBefore(stop.Cursor.Batch, router, Breakpoints.LongestWindow) : _loads[router.Index];
}
