namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>One node of a parsed condition. Immutable.</summary>
/// <param name="Value">Name, operator, or the text of a literal.</param>
/// <param name="Column">Where the node's text starts, from 1.</param>
/// <param name="Length">Code points of the node's text.</param>
/// <param name="Mark">Column of the operator; the node's column where it has none.</param>
/// <param name="Source">The node's own text as it was written.</param>
internal sealed record Syntax(
    SyntaxKind Kind, string Value, double Number, IReadOnlyList<Syntax> Children, int Column, int Length, int Mark, string Source)
{
    /// <summary>Levels below and with this node: bounded by the parser, so that recursion over it is safe.</summary>
    public int Depth { get; } = 1 + (Children.Count == 0 ? 0 : Children.Max(c => c.Depth));
}
