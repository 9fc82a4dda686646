using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Router
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "router",
        Kind = ValueKind.Text,
        Scope = Scope.Pass,
        Unit = "router name",
        Meaning = "name of the router, not an alias",
        Range = r => Attainable.OneOf(r.Name),
        Compute = static (Evaluation at) => at.Batch.Router.Name,
    };
}
