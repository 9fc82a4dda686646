using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Layer
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "layer",
        Kind = ValueKind.Number,
        Scope = Scope.Pass,
        Unit = "from 0",
        Meaning = "layer of the router in its stack",
        Range = r => Attainable.Of(r.Id.Layer),
        Compute = static (Evaluation at) => (double)at.Batch.Router.Id.Layer,
    };
}
