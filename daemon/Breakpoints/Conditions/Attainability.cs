using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>
/// Interval analysis of a condition against a router's rule: finds the part that cannot be true. Operands that <c>&amp;&amp;</c> joins narrow each
/// other (<c>entropy &lt; 0.2 &amp;&amp; entropy &gt; 0.8</c> cannot be true).
/// </summary>
internal sealed class Attainability(RouterInfo router)
{
    private readonly Dictionary<string, Attainable> _known = new(StringComparer.Ordinal);

    /// <summary>Throws where <paramref name="condition"/> cannot be true at the router.</summary>
    /// <exception cref="ConditionError"/>
    public void Check(Bound condition)
    {
        if (condition is { Kind: BoundKind.Binary, Operator: "&&" })
        {
            Check(condition.Children[0]);
            Assume(condition.Children[0]);
            Check(condition.Children[1]);
            return;
        }
        if (Of(condition).CanBeTrue) return;
        if (condition.Quantity is { Name: "any" or "all" }) new Attainability(router).Check(condition.Children[0]);
        if (condition is { Kind: BoundKind.Binary, Operator: "||" }) Check(condition.Children[0]);
        var syntax = condition.Syntax;
        throw new ConditionError(
            "MOE3016", syntax.Column, syntax.Length, $"\"{syntax.Source}\" at column {syntax.Column} cannot be true: {Ranges(condition)} at {router.Name} (N = {router.Experts}, k = {router.Rule.K}).", $"Change the bound, or name other routers.");
    }

    private Attainable Of(Bound node)
    {
        if (!node.IsConstant && _known.TryGetValue(node.Key, out var known)) return known;
        switch (node.Kind)
        {
            case BoundKind.Number or BoundKind.Truth: return Attainable.Of(node.Number);
            case BoundKind.Text: return Attainable.OneOf(node.Text);
            case BoundKind.Element: return node.Children[0].Quantity!.Range(router);
            case BoundKind.Negate: return Attainable.Negate(Of(node.Children[0]));
            case BoundKind.Not:
                var inner = Of(node.Children[0]);
                return Attainable.Of(inner.CanBeTrue, inner.CanBeFalse);
            case BoundKind.Quantity:
                return OfQuantity(node);
        }
        if (node.Operator == "&&") return And(node);
        var (a, b) = (Of(node.Children[0]), Of(node.Children[1]));
        if (node.Operator == "||") return Attainable.Of(a.CanBeFalse && b.CanBeFalse, a.CanBeTrue || b.CanBeTrue);
        if (node.Type == ValueKind.Number) return Attainable.Arithmetic(node.Operator, a, b);
        if (node.Children[0].Type != ValueKind.Text) return Attainable.Compare(node.Operator, a, b);
        var same = Attainable.SameText(a, b);
        return node.Operator == "==" ? same : Attainable.Of(same.CanBeTrue, same.CanBeFalse);
    }

    private Attainable OfQuantity(Bound node)
    {
        if (!node.Quantity!.IsAggregate) return node.Quantity.Range(router);
        // What is known of this row says nothing about the others.
        var each = new Attainability(router).Of(node.Children[0]);
        return node.Quantity.Name switch
        {
            "count" => each.CanBeTrue ? Attainable.Count : Attainable.Of(0),
            "mean" => each with { Whole = false },
            _ => each,
        };
    }

    private Attainable And(Bound node)
    {
        var a = Of(node.Children[0]);
        if (!a.CanBeTrue) return Attainable.Of(true, false);
        var narrowed = new Attainability(router);
        foreach (var (key, value) in _known) narrowed._known[key] = value;
        narrowed.Assume(node.Children[0]);
        var b = narrowed.Of(node.Children[1]);
        return Attainable.Of(a.CanBeFalse || b.CanBeFalse, b.CanBeTrue);
    }

    /// <summary>Narrows what is known by a condition that was true.</summary>
    private void Assume(Bound node)
    {
        if (node.Kind == BoundKind.Quantity) _known[node.Key] = Attainable.Of(1);
        else if (node is { Kind: BoundKind.Not, Children: [{ Kind: BoundKind.Quantity } negated] }) _known[negated.Key] = Attainable.Of(0);
        else if (node is { Kind: BoundKind.Binary, Operator: "&&" })
        {
            Assume(node.Children[0]);
            Assume(node.Children[1]);
        }
        else if (node.Kind == BoundKind.Binary && node.Operator != "||")
        {
            Assume(node.Children[0], node.Operator, Of(node.Children[1]));
            Assume(node.Children[1], Mirror(node.Operator), Of(node.Children[0]));
        }
    }

    private void Assume(Bound node, string op, Attainable other)
    {
        if (node.IsConstant) return;
        var now = Of(node);
        if (node.Type == ValueKind.Text)
        {
            if (op == "==" && other.Texts is not null) _known[node.Key] = now.Texts is null ? other : Attainable.OneOf([.. now.Texts.Intersect(other.Texts)]);
            return;
        }
        if (op == "!=") return;
        var low = op switch { ">" => Math.BitIncrement(other.Low), ">=" or "==" => other.Low, _ => double.NegativeInfinity };
        var high = op switch { "<" => Math.BitDecrement(other.High), "<=" or "==" => other.High, _ => double.PositiveInfinity };
        _known[node.Key] = now.Within(low, high);
    }

    private static string Mirror(string op) => op switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => op };

    /// <summary>The ranges of what varies in the part: <c>entropy is 0 to 1</c>.</summary>
    private string Ranges(Bound node)
    {
        var parts = new List<string>();
        foreach (var child in node.Children.Where(c => !c.IsConstant && node.Quantity is null))
        {
            var range = Of(child);
            parts.Add(child.Type == ValueKind.Truth ? $"{child.Syntax.Source} is always {(range.CanBeTrue ? "true" : "false")}"
                : $"{child.Syntax.Source} is {(range.IsEmpty ? "limited before" : range.Describe())}");
        }
        return parts.Count > 0 ? string.Join(", ", parts) : $"it is always {(Of(node).CanBeTrue ? "true" : "false")}";
    }
}
