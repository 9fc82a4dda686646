using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Tokens
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "tokens",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "tokens",
        Meaning = "T: tokens of the batch or the window, padding left out",
        Range = _ => Attainable.Count,
        Compute = static (Evaluation at, int window) => (double)at.Window(window).Tokens,
    };
}
