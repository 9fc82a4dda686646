using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class IdentityShare
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "identityShare",
        Kind = ValueKind.Number,
        Scope = Scope.Batch,
        Parameters = [Parameter.Window],
        Unit = "0 to 1",
        Meaning = "share of the assignments that go to zero experts (identities): the computation that is saved",
        Columns = RoutingColumns.SelectedExperts,
        Range = r => new Attainable((double)Math.Max(0, r.Rule.K - r.Rule.RealExperts) / r.Rule.K, (double)Math.Min(r.Rule.K, r.Rule.IdentityExperts) / r.Rule.K),
        Undefined = r => r.Rule.IdentityExperts > 0 ? null : "the router has no zero experts",
        Compute = Of,
    };

    private static double Of(Evaluation at, int window, int column)
    {
        if (!at.Has(RoutingColumns.SelectedExperts, column)) return double.NaN;
        var loads = at.Window(window);
        var all = loads.Assignments + loads.IdentityAssignments;
        return all == 0 ? at.Fail(static () => $"nothing was routed in the window", column) : (double)loads.IdentityAssignments / all;
    }
}
