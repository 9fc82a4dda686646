using MoeDevtools.Breakpoints.Functions;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>A node with its type, its meaning and its place in the text. Immutable.</summary>
internal sealed class Bound(BoundKind kind, ValueKind type, Syntax syntax, params IReadOnlyList<Bound> children)
{
    public BoundKind Kind { get; } = kind;

    public ValueKind Type { get; } = type;

    public Syntax Syntax { get; } = syntax;

    public IReadOnlyList<Bound> Children { get; } = children;

    /// <summary>What a name or call stands for; null for other kinds.</summary>
    public Quantity? Quantity { get; init; }

    /// <summary>Value of a number, and of a truth value as 0 or 1.</summary>
    public double Number { get; init; }

    public string Text { get; init; } = "";

    public string Operator => Syntax.Value;

    public bool IsConstant => Kind is BoundKind.Number or BoundKind.Truth or BoundKind.Text;

    /// <summary>The node in one canonical spelling: equal for the same expression however it was spaced.</summary>
    public string Key => Kind switch
    {
        BoundKind.Number or BoundKind.Truth => FormattableString.Invariant($"{Number:R}"),
        BoundKind.Text => $"\"{Text.Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
        BoundKind.Quantity => Children.Count == 0 ? Quantity!.Name : $"{Quantity!.Name}({string.Join(", ", Children.Select(c => c.Key))})",
        BoundKind.Element => $"{Children[0].Key}[{Children[1].Key}]",
        BoundKind.Not => $"!({Children[0].Key})",
        BoundKind.Negate => Children[0].Kind == BoundKind.Number ? $"-{Children[0].Key}" : $"-({Children[0].Key})",
        _ => $"({Children[0].Key} {Operator} {Children[1].Key})",
    };

    /// <summary>This node and all below it.</summary>
    public IEnumerable<Bound> All() => Children.SelectMany(c => c.All()).Prepend(this);

    /// <summary>True if its value differs from row to row: it names a decision's quantity outside of any() and its like.</summary>
    public bool IsOfDecision => Quantity switch
    {
        { Scope: Scope.Decision } => true,
        { IsAggregate: true } => false,
        _ => Children.Any(c => c.IsOfDecision),
    };
}
