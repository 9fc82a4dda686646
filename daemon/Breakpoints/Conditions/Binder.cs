using MoeDevtools.Breakpoints.Functions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>Gives each node of a condition its type and meaning at one router; refuses what cannot be evaluated there.</summary>
/// <param name="router">Null: only what holds for every router is checked.</param>
/// <param name="rows">True if a decision's quantities may stand outside of any() and its like.</param>
/// <param name="longestWindow">Steps of loads that are kept.</param>
internal sealed class Binder(RouterInfo? router, bool rows, int longestWindow)
{
    /// <summary>Why margins and selection scores are undefined at a router that looks its experts up.</summary>
    internal const string NothingRanked = "its experts are looked up by token id, and nothing is ranked";

    private bool _inAggregate;

    /// <exception cref="ConditionError"/>
    public Bound Condition(Syntax syntax) => Expect(ValueKind.Truth, Bind(syntax));

    /// <exception cref="ConditionError"/>
    public Bound Bind(Syntax syntax) => syntax.Kind switch
    {
        SyntaxKind.Number => new Bound(BoundKind.Number, ValueKind.Number, syntax) { Number = syntax.Number },
        SyntaxKind.Text => new Bound(BoundKind.Text, ValueKind.Text, syntax) { Text = syntax.Value },
        SyntaxKind.Name when syntax.Value is "true" or "false" =>
            new Bound(BoundKind.Truth, ValueKind.Truth, syntax) { Number = syntax.Value == "true" ? 1 : 0 },
        SyntaxKind.Name when Words.IsPhase(syntax.Value) => new Bound(BoundKind.Text, ValueKind.Text, syntax) { Text = syntax.Value },
        SyntaxKind.Name or SyntaxKind.Call => Name(syntax),
        SyntaxKind.Index => Element(syntax),
        SyntaxKind.Unary when syntax.Value == "!" =>
            new Bound(BoundKind.Not, ValueKind.Truth, syntax, Expect(ValueKind.Truth, Bind(syntax.Children[0]))),
        SyntaxKind.Unary => new Bound(BoundKind.Negate, ValueKind.Number, syntax, Expect(ValueKind.Number, Bind(syntax.Children[0]))),
        _ => Binary(syntax),
    };

    private Bound Binary(Syntax syntax)
    {
        var left = Bind(syntax.Children[0]);
        var right = Bind(syntax.Children[1]);
        switch (syntax.Value)
        {
            case "&&" or "||":
                return new Bound(BoundKind.Binary, ValueKind.Truth, syntax, Expect(ValueKind.Truth, left), Expect(ValueKind.Truth, right));
            case "==" or "!=":
                if (left.Type == ValueKind.Vector) Expect(ValueKind.Number, left);
                return new Bound(BoundKind.Binary, ValueKind.Truth, syntax, left, Expect(left.Type, right));
            case "<" or "<=" or ">" or ">=":
                return new Bound(BoundKind.Binary, ValueKind.Truth, syntax, Expect(ValueKind.Number, left), Expect(ValueKind.Number, right));
        }
        Expect(ValueKind.Number, left);
        Expect(ValueKind.Number, right);
        if (syntax.Value is "/" or "%" && Constant(right) == 0)
            throw new ConditionError("MOE3007", right.Syntax.Column, right.Syntax.Length, $"the divisor at column {right.Syntax.Column} is 0.", $"Divide by something else.");
        return new Bound(BoundKind.Binary, ValueKind.Number, syntax, left, right);
    }

    private Bound Element(Syntax syntax)
    {
        var vector = Bind(syntax.Children[0]);
        if (vector.Type != ValueKind.Vector) Expect(ValueKind.Vector, vector);
        var index = Expect(ValueKind.Number, Bind(syntax.Children[1]));
        var perSlot = vector.Quantity!.Columns is RoutingColumns.SelectedExperts or RoutingColumns.RoutingWeights;
        if (router is not null) CheckConstant(index, perSlot ? router.Rule.K : router.Experts, perSlot ? "k" : "N", perSlot ? "slot" : "expert");
        return new Bound(BoundKind.Element, ValueKind.Number, syntax, vector, index);
    }

    private Bound Name(Syntax syntax)
    {
        var quantity = Catalogue.Find(syntax.Value) ?? throw UnknownName(syntax);
        if (quantity.Scope == Scope.Decision && !rows && !_inAggregate)
            throw new ConditionError(
                "MOE3008", syntax.Column, syntax.Value.Length,
                $"{syntax.Value} at column {syntax.Column} is of one decision, and in batch mode there are many.",
                $"Put it inside any(), all(), count(), mean(), min() or max(), or set mode decision.");
        if (quantity.IsAggregate && _inAggregate)
            throw new ConditionError(
                "MOE3009", syntax.Column, syntax.Value.Length, $"{syntax.Value}() at column {syntax.Column} stands inside another of its kind.", $"Compare rows with one any(), all(), count(), mean(), min() or max().");
        if (router is not null && ((quantity.Columns & ~router.Rule.Columns) != RoutingColumns.None ? NothingRanked : quantity.Undefined(router)) is { } reason)
            throw new ConditionError(
                "MOE3010", syntax.Column, syntax.Value.Length, $"{syntax.Value} at column {syntax.Column} is undefined at {router.Name}: {reason}.", $"Use another quantity, or name other routers.")
            {
                Undefined = reason,
            };
        return new Bound(BoundKind.Quantity, quantity.Kind, syntax, Arguments(syntax, quantity)) { Quantity = quantity };
    }

    private List<Bound> Arguments(Syntax syntax, Quantity quantity)
    {
        var given = syntax.Kind == SyntaxKind.Call ? syntax.Children.Count : 0;
        if (given < quantity.Required || given > quantity.Parameters.Count || (syntax.Kind == SyntaxKind.Call && !quantity.IsFunction))
        {
            var expected = !quantity.IsFunction ? $"no parentheses" : quantity.Required == quantity.Parameters.Count
                ? (FormattableString)$"{quantity.Required} argument" : $"{quantity.Required} or {quantity.Parameters.Count} arguments";
            throw new ConditionError(
                "MOE3011", syntax.Column, syntax.Length, $"expected {expected} after {syntax.Value} at column {syntax.Column}, found {given}.", $"Write {quantity.Signature}.");
        }
        var arguments = new List<Bound>(given);
        for (var i = 0; i < given; i++) arguments.Add(Argument(syntax.Children[i], quantity.Parameters[i]));
        return arguments;
    }

    private Bound Argument(Syntax syntax, Parameter parameter)
    {
        if (parameter is Parameter.RowTruth or Parameter.RowNumber)
        {
            _inAggregate = true;
            var perRow = Expect(parameter == Parameter.RowTruth ? ValueKind.Truth : ValueKind.Number, Bind(syntax));
            _inAggregate = false;
            return perRow;
        }
        var argument = Bind(syntax);
        if (parameter == Parameter.Numbers)
            return argument.Type == ValueKind.Vector ? argument : Expect(ValueKind.Number, argument);
        Expect(ValueKind.Number, argument);
        if (parameter == Parameter.Window) CheckWindow(argument);
        else if (router is not null && parameter == Parameter.RealExpert && router.Rule.IdentityExperts > 0) CheckConstant(argument, router.Rule.RealExperts, "N without zero experts", "expert");
        else if (router is not null) CheckConstant(argument, router.Experts, "N", "expert");
        return argument;
    }

    private void CheckWindow(Bound window)
    {
        var steps = Constant(window);
        if (steps is null || steps < 1 || steps > longestWindow || steps != Math.Floor(steps.Value))
            throw new ConditionError(
                "MOE3012", window.Syntax.Column, window.Syntax.Length, $"expected a window of 1 to {longestWindow} steps at column {window.Syntax.Column}, found {window.Syntax.Source}.", $"Write a whole number of steps, for example load(7, 200).");
    }

    private void CheckConstant(Bound index, int count, string name, string what)
    {
        if (Constant(index) is not { } value || (value >= 0 && value < count && value == Math.Floor(value))) return;
        throw new ConditionError(
            "MOE3013", index.Syntax.Column, index.Syntax.Length,
            $"expected the number of {what} 0 to {count - 1} at column {index.Syntax.Column}, found {index.Syntax.Source} ({name} = {count} at {router!.Name}).",
            $"Count from 0.");
    }

    private static double? Constant(Bound node) => node.Kind switch
    {
        BoundKind.Number => node.Number,
        BoundKind.Negate => -Constant(node.Children[0]),
        _ => null,
    };

    private static Bound Expect(ValueKind type, Bound node)
    {
        if (node.Type == type) return node;
        var column = node.Syntax.Column;
        FormattableString advice = node.Type switch
        {
            ValueKind.Vector => (FormattableString)$"Index it: {node.Syntax.Source}[0].",
            ValueKind.Text when node.Quantity is { Name: "token" or "text" } => $"token is the token's text; token_id is its number.",
            _ when type == ValueKind.Truth => $"Compare it with something, for example entropy < 0.5.",
            _ when type == ValueKind.Vector => $"Only {string.Join(", ", Catalogue.Quantities.Where(q => q.Kind == ValueKind.Vector).Select(q => q.Name))} can be indexed.",
            _ => $"docs/conditions.md lists what each name is.",
        };
        throw new ConditionError("MOE3014", column, node.Syntax.Length, $"expected {Words.Of(type)} at column {column}, found {Words.Of(node.Type)}.", advice);
    }

    private static ConditionError UnknownName(Syntax syntax) => new(
        "MOE3015", syntax.Column, syntax.Value.Length, $"expected a name of the condition language at column {syntax.Column}, found \"{syntax.Value}\".",
        $"Nearest: {string.Join(", ", Words.Nearest(syntax.Value))}; text is written in quotes.");
}
