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
    // Of the condition, at the last look; null = not looked yet.
    private bool? _before;

    public Breakpoint Breakpoint => breakpoint;

    public RouterInfo Router => router;

    public bool Logs => message is not null;

    /// <summary>What must be captured at this router: the selection at least, since a batch without columns is not reported.</summary>
    public RoutingColumns Columns { get; } = RoutingColumns.SelectedExperts
        | (condition?.Columns ?? RoutingColumns.None)
        | (weight is null ? RoutingColumns.None : CompiledCondition.ColumnsOf(weight.Node))
        | expressions.Aggregate(RoutingColumns.None, (columns, e) => columns | CompiledCondition.ColumnsOf(e.Node));

    /// <summary>Looks once, at the place of <paramref name="at"/>, and counts. Allocates nothing.</summary>
    public bool IsHit(Evaluation at)
    {
        if (!breakpoint.Enabled) return false;
        breakpoint.Reached++;
        if (condition is not null && !Holds(at)) return false;
        if (!breakpoint.Rule.Matches(++breakpoint.Occurrences)) return false;
        breakpoint.Hits++;
        if (breakpoint.Spec.Once) breakpoint.Enabled = false;
        return true;
    }

    /// <summary>The setting and the values at a row that was hit.</summary>
    public string Explain(Evaluation at, int row)
    {
        if (condition is null) return router.Name;
        if (weight is null) return condition.Explain(at, row);
        at.Row = row;
        var reads = FormattableString.Invariant($"expert {breakpoint.Spec.ReadsExpert} selected (weight was {weight.Evaluate(at).Render()})");
        return breakpoint.Spec.Condition is null ? reads : $"{reads}, {condition.Explain(at, row)}";
    }

    public string Log(Evaluation at) => message!.Render(expressions, at);

    public void Restart() => _before = null;

    private bool Holds(Evaluation at)
    {
        var value = condition!.IsTrue(at);
        var before = _before;
        if (at.Error is not null)
        {
            _before = false;
            breakpoint.NoteError(at.Error, at.ErrorColumn);
            return false;
        }
        _before = value;
        if (value) breakpoint.True++;
        return value && (!breakpoint.Spec.Crosses || before == false);
    }
}
