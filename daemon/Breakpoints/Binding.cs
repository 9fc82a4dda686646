using System.Runtime.CompilerServices;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints;

/// <summary>A breakpoint at one router. Compute thread.</summary>
/// <param name="condition">Null = always.</param>
/// <param name="message">Null = a stop.</param>
/// <param name="expressions">Those of the message.</param>
/// <param name="weight">Weight of the expert that a data breakpoint reads; null for others.</param>
internal sealed class Binding(
    Breakpoint breakpoint, RouterInfo router, CompiledCondition? condition, LogTemplate? message, IReadOnlyList<CompiledExpression> expressions, CompiledExpression? weight)
{
    // The condition was false or undefined at the last look; false before the first.
    private bool _wasNotTrue;

    private readonly Func<Evaluation, bool>? _test = condition?.Test;

    public Breakpoint Breakpoint => breakpoint;

    public RouterInfo Router => router;

    public bool Logs => message is not null;

    public bool HasWindow => condition?.HasWindow == true;

    /// <summary>What must be captured at this router: the selection at least, since a batch without columns is not reported.</summary>
    public RoutingColumns Columns { get; } = RoutingColumns.SelectedExperts
        | (condition?.Columns ?? RoutingColumns.None)
        | (weight is null ? RoutingColumns.None : CompiledCondition.ColumnsOf(weight.Node))
        | expressions.Aggregate(RoutingColumns.None, (columns, e) => columns | CompiledCondition.ColumnsOf(e.Node));

    /// <summary>
    /// Looks at the tokens from <paramref name="row"/> on, each once, up to the first hit: its row, or <paramref name="end"/>. Allocates nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]    // within its caller the loop finds no registers
    public int FindHit(Evaluation at, int row, int end)
    {
        if (!breakpoint.Enabled) return end;
        var padding = at.Batch.Pass.Rows.Padding;
        at.Reset();
        for (; row < end; row++)
        {
            if (padding[row]) continue;
            at.Row = row;
            if (Look(at)) break;
        }
        return row;
    }

    /// <summary>Looks once, at the batch as a whole. Allocates nothing.</summary>
    public bool IsHit(Evaluation at)
    {
        if (!breakpoint.Enabled) return false;
        at.Row = -1;
        at.Reset();
        return Look(at);
    }

    /// <summary>The setting and the values at a row that was hit.</summary>
    public FormattableString Explain(Evaluation at, int row)
    {
        if (condition is null) return $"{router.Name}";
        if (weight is null) return condition.Explain(at, row);
        at.Row = row;
        FormattableString reads = $"expert {breakpoint.Spec.ReadsExpert} selected (weight was {weight.Evaluate(at).Render()})";
        return breakpoint.Spec.Condition is null ? reads : $"{reads}, {condition.Explain(at, row)}";
    }

    public string Log(Evaluation at) => message!.Render(expressions, at);

    public void Restart() => _wasNotTrue = false;

    /// <summary>Looks at the place of <paramref name="at"/>, which holds no error before and none afterwards, and counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Look(Evaluation at)
    {
        breakpoint.Reached++;
        if (_test is not null && !Holds(at, _test)) return false;
        if (!breakpoint.Rule.Matches(++breakpoint.Occurrences)) return false;
        breakpoint.Hits++;
        if (breakpoint.Spec.Once) breakpoint.Enabled = false;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Holds(Evaluation at, Func<Evaluation, bool> test)
    {
        var value = test(at);
        if (at.Error is not null) value = NotesError(at);
        if (!value)
        {
            _wasNotTrue = true;
            return false;
        }
        breakpoint.True++;
        var becomesTrue = _wasNotTrue;
        _wasNotTrue = false;
        return becomesTrue || !breakpoint.Spec.Crosses;
    }

    /// <summary>False: what is undefined is not true, and is not counted as false either.</summary>
    private bool NotesError(Evaluation at)
    {
        breakpoint.NoteError(at.Error!, at.ErrorColumn);
        at.Forget();
        return false;
    }
}
