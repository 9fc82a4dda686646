using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>Evaluates any expression of the condition language at a stop.</summary>
public static class Expressions
{
    /// <summary>
    /// The value at row <paramref name="row"/> of <paramref name="batch"/>; whole vectors too. What has no value there comes back as
    /// <see cref="ValueKind.Undefined"/> with the reason. Call it while the batch holds still.
    /// </summary>
    /// <param name="loads">The steps before this batch; null = none were kept.</param>
    /// <exception cref="ConditionError">The expression is not one.</exception>
    public static ExpressionValue Evaluate(string text, RoutingBatch batch, int row, ExpertLoads? loads = null)
    {
        Bound bound;
        try
        {
            bound = new Binder(batch.Router, rows: true, BreakpointManager.DefaultLongestWindow).Bind(Parser.Parse(text));
        }
        catch (ConditionError error) when (error.Undefined is not null)
        {
            return new ExpressionValue { Name = text, Kind = ValueKind.Undefined, Text = error.Undefined };
        }
        var at = new Evaluation();
        at.Begin(batch, loads);
        at.Row = row;
        return new CompiledExpression(bound).Evaluate(at);
    }
}
