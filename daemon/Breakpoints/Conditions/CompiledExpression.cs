using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>An expression of any type, compiled on first use. Used by one <see cref="Evaluation"/> at a time.</summary>
internal sealed class CompiledExpression(Bound node)
{
    private Delegate? _compiled;

    public Bound Node => node;

    /// <summary>The value at the row of <paramref name="at"/>; allocates.</summary>
    public ExpressionValue Evaluate(Evaluation at)
    {
        at.Reset();
        var value = new ExpressionValue { Name = node.Syntax.Source, Kind = node.Type };
        switch (node.Type)
        {
            case ValueKind.Number:
                value = value with { Number = ((Func<Evaluation, double>)(_compiled ??= Compiler.Compile<double>(node, perRow: false)))(at) };
                break;
            case ValueKind.Truth:
                value = value with { Truth = ((Func<Evaluation, bool>)(_compiled ??= Compiler.Compile<bool>(node, perRow: false)))(at) };
                break;
            case ValueKind.Text:
                value = value with { Text = ((Func<Evaluation, string?>)(_compiled ??= Compiler.Compile<string?>(node, perRow: false)))(at) ?? "" };
                break;
            default:
                value = Vector(at, value);
                break;
        }
        return at.Error is null ? value : new ExpressionValue { Name = value.Name, Kind = ValueKind.Undefined, Text = FormattableString.Invariant(at.Error()) };
    }

    private ExpressionValue Vector(Evaluation at, ExpressionValue value)
    {
        var column = node.Quantity!.Columns;
        if (!at.Has(column, node.Syntax.Column)) return value;
        var axis = column is RoutingColumns.SelectedExperts or RoutingColumns.RoutingWeights ? "slots" : "experts";
        double[] values = column == RoutingColumns.SelectedExperts
            ? [.. at.Batch.ExpertsOf(at.Row).ToArray().Select(e => (double)e)]
            : [.. at.Floats(column).ToArray().Select(x => (double)x)];
        return value with { Vector = values, Axis = axis };
    }
}
