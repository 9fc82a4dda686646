using System.Linq.Expressions;
using System.Reflection;
using MoeDevtools.Breakpoints.Functions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>
/// Turns a bound condition into a delegate. An operation that fails notes it in <see cref="Evaluation"/> and goes on: whatever is
/// computed afterwards, the result counts as undefined, so no check is needed in between and nothing throws.
/// </summary>
internal sealed class Compiler
{
    private static readonly ParameterExpression At = Expression.Parameter(typeof(Evaluation), "at");
    private static readonly MethodInfo SameText = ((Func<string, string, bool>)string.Equals).Method;

    // By reflection that a trimmer follows: it cannot see what Expression.Call finds by a name.
    private static readonly MethodInfo Element = typeof(Evaluation).GetMethod(nameof(Evaluation.Element))!;
    private static readonly MethodInfo Index = typeof(Evaluation).GetMethod(nameof(Evaluation.Index))!;
    private static readonly MethodInfo Divide = typeof(Evaluation).GetMethod(nameof(Evaluation.Divide))!;
    private static readonly MethodInfo Remainder = typeof(Evaluation).GetMethod(nameof(Evaluation.Remainder))!;
    private static readonly MethodInfo OfBatch = typeof(BatchValue).GetMethod(nameof(BatchValue.Get))!;
    private static readonly Expression Experts = Expression.Property(
        Expression.Property(At, typeof(Evaluation).GetProperty(nameof(Evaluation.Batch))!), typeof(RoutingBatch).GetProperty(nameof(RoutingBatch.Experts))!);

    // True while code for each row is made: there a batch's quantity is computed once and kept.
    private bool _perRow;

    /// <summary>A delegate that gives bool, double or string by the node's type; its owner is one <see cref="Evaluation"/>.</summary>
    /// <param name="perRow">True if it will run for each row.</param>
    public static Func<Evaluation, T> Compile<T>(Bound node, bool perRow)
    {
        var compiler = new Compiler { _perRow = perRow };
        return Expression.Lambda<Func<Evaluation, T>>(compiler.Emit(node), At).Compile();
    }

    private Expression Emit(Bound node)
    {
        switch (node.Kind)
        {
            case BoundKind.Number: return Expression.Constant(node.Number);
            case BoundKind.Truth: return Expression.Constant(node.Number == 1);
            case BoundKind.Text: return Expression.Constant(node.Text);
            case BoundKind.Not: return Expression.Not(Emit(node.Children[0]));
            case BoundKind.Negate: return Expression.Negate(Emit(node.Children[0]));
            case BoundKind.Element:
                return Expression.Call(At, Element, Expression.Constant(node.Children[0].Quantity!.Columns), Emit(node.Children[1]), Column(node.Children[1]));
            case BoundKind.Quantity: return EmitQuantity(node);
        }
        var left = Emit(node.Children[0]);
        var right = Emit(node.Children[1]);
        var isText = node.Children[0].Type == ValueKind.Text;
        return node.Operator switch
        {
            "&&" => Expression.AndAlso(left, right),
            "||" => Expression.OrElse(left, right),
            "==" when isText => Expression.Call(SameText, left, right),
            "!=" when isText => Expression.Not(Expression.Call(SameText, left, right)),
            "==" => Expression.Equal(left, right),
            "!=" => Expression.NotEqual(left, right),
            "<" => Expression.LessThan(left, right),
            "<=" => Expression.LessThanOrEqual(left, right),
            ">" => Expression.GreaterThan(left, right),
            ">=" => Expression.GreaterThanOrEqual(left, right),
            "+" => Expression.Add(left, right),
            "-" => Expression.Subtract(left, right),
            "*" => Expression.Multiply(left, right),
            "/" => Expression.Call(At, Divide, left, right, Expression.Constant(node.Syntax.Mark)),
            _ => Expression.Call(At, Remainder, left, right, Expression.Constant(node.Syntax.Mark)),
        };
    }

    private Expression EmitQuantity(Bound node)
    {
        var quantity = node.Quantity!;
        if (quantity.IsAggregate) return EmitAggregate(node);
        if (quantity.Compute is not { } compute) return EmitIsFinite(node);
        if (_perRow && quantity.Scope == Scope.Batch && !node.IsOfDecision)
        {
            _perRow = false;
            var once = Expression.Lambda<Func<Evaluation, double>>(EmitQuantity(node), At).Compile();
            _perRow = true;
            return Expression.Call(Expression.Constant(new BatchValue(once)), OfBatch, At);
        }
        var arguments = new List<Expression> { At };
        for (var i = 0; i < quantity.Parameters.Count; i++)
            arguments.Add(
                i >= node.Children.Count ? Expression.Constant(0)
                : node.Children[i].Kind == BoundKind.Number ? Expression.Constant((int)node.Children[i].Number)
                : Expression.Call(At, Index, Emit(node.Children[i]), Experts, Column(node.Children[i])));
        if (compute.Method.GetParameters().Length > arguments.Count) arguments.Add(Column(node));
        return Expression.Call(compute.Target is null ? null : Expression.Constant(compute.Target), compute.Method, arguments);
    }

    private Expression EmitAggregate(Bound node)
    {
        var argument = node.Children[0];
        var cell = argument.Type == ValueKind.Truth
            ? new RowsAggregate(node.Quantity!.Name, Compile<bool>(argument, perRow: true), null)
            : new RowsAggregate(node.Quantity!.Name, null, Compile<double>(argument, perRow: true));
        var compute = node.Type == ValueKind.Truth ? ((Func<Evaluation, int, bool>)cell.IsTrue).Method : ((Func<Evaluation, int, double>)cell.Value).Method;
        return Expression.Call(Expression.Constant(cell), compute, At, Column(node));
    }

    private Expression EmitIsFinite(Bound node)
    {
        var argument = node.Children[0];
        return argument.Type == ValueKind.Vector
            ? Expression.Call(((Func<Evaluation, RoutingColumns, int, bool>)IsFinite.Of).Method, At, Expression.Constant(argument.Quantity!.Columns), Column(argument))
            : Expression.Call(((Func<double, bool>)double.IsFinite).Method, Emit(argument));
    }

    private static ConstantExpression Column(Bound node) => Expression.Constant(node.Syntax.Column);
}
