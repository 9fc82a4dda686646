using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>A condition compiled for one router, and what it says about a row where it is true.</summary>
internal sealed class CompiledCondition
{
    private readonly string _source;
    private readonly List<(CompiledExpression Value, bool InRow)> _atoms = [];
    private readonly HashSet<double> _literals;

    /// <param name="source">The condition as it was written.</param>
    /// <param name="perRow">Decision mode.</param>
    public CompiledCondition(Bound root, string source, bool perRow)
    {
        Test = Compiler.Compile<bool>(root, perRow);
        _source = source;
        Columns = ColumnsOf(root);
        HasWindow = root.All().Any(n => n.Quantity is { } quantity && quantity.Parameters.Contains(Functions.Parameter.Window) && n.Children.Count == quantity.Parameters.Count);
        _literals = [.. root.All().Where(n => n.Kind == BoundKind.Number).Select(n => n.Number)];
        CollectAtoms(root, inRow: false);
        _atoms = [.. _atoms.DistinctBy(a => a.Value.Node.Key)];
    }

    /// <summary>What must be captured for it.</summary>
    public RoutingColumns Columns { get; }

    /// <summary>Whether it asks for a window of steps, not for the current batch alone.</summary>
    public bool HasWindow { get; }

    /// <summary>Evaluates at the place of an <see cref="Evaluation"/> that was reset; the result counts only if its error stays null. Allocates nothing.</summary>
    public Func<Evaluation, bool> Test { get; }

    /// <summary><c>load(7) > 3 (was 3.4)</c>: the setting and the values that it had at <paramref name="row"/>.</summary>
    public FormattableString Explain(Evaluation at, int row)
    {
        var before = at.Row;
        FormattableString? values = null;
        foreach (var (value, inRow) in _atoms)
        {
            at.Row = inRow ? row : before;
            var was = Show(value.Evaluate(at));
            FormattableString next = _atoms.Count == 1 && !inRow ? (FormattableString)$"was {was}" : $"{value.Node.Syntax.Source} was {was}";
            values = values is null ? next : $"{values}, {next}";
        }
        at.Row = before;
        return values is null ? $"{_source}" : (FormattableString)$"{_source} ({values})";
    }

    public static RoutingColumns ColumnsOf(Bound root) =>
        root.All().Aggregate(RoutingColumns.None, (columns, node) => columns | (node.Quantity?.Columns ?? RoutingColumns.None));

    /// <summary>The quantities whose values explain the result: those under any() are shown at the row that it found.</summary>
    private void CollectAtoms(Bound node, bool inRow)
    {
        if (node.Quantity is { Name: "any" or "all" }) CollectAtoms(node.Children[0], inRow: true);
        else if (node.Kind is BoundKind.Quantity or BoundKind.Element) _atoms.Add((new CompiledExpression(node), inRow));
        else
            foreach (var child in node.Children) CollectAtoms(child, inRow);
    }

    /// <summary>Four digits, or all of them where four would show the bound itself.</summary>
    private string Show(ExpressionValue value)
    {
        if (value.Kind != ValueKind.Number) return value.Render();
        var rounded = Rendering.Number(value.Number);
        var hidesDifference = _literals.Any(x => x != value.Number && Rendering.Number(x) == rounded);
        return hidesDifference ? Rendering.Number(value.Number, digits: 9) : rounded;
    }
}
