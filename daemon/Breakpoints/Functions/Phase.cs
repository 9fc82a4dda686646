using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Phase
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "phase",
        Kind = ValueKind.Text,
        Scope = Scope.Pass,
        Unit = "prefill, decode, train, eval, recompute",
        Meaning = "what the forward pass is for; the five words need no quotes",
        Range = _ => Attainable.OneOf([.. Enum.GetValues<Routing.Phase>().Select(PhaseNames.Word)]),
        Compute = static (Evaluation at) => at.Batch.Pass.Phase.Word(),
    };
}
