namespace MoeDevtools.Breakpoints;

/// <summary>A breakpoint that stops here.</summary>
/// <param name="Row">The row of the decision; in batch mode the row that any() found, or the first token.</param>
/// <param name="Facts">The setting and the values that it had: <c>load(7) > 3 (was 3.4)</c>; without a condition the router's name.</param>
public sealed record Hit(Breakpoint Breakpoint, int Row, FormattableString Facts)
{
    /// <summary>The facts in English, as recordings and JSON have them.</summary>
    public string Text => FormattableString.Invariant(Facts);
}
