using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class IsFinite
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "isFinite",
        Kind = ValueKind.Truth,
        Scope = Scope.Decision,
        Parameters = [Parameter.Numbers],
        Unit = "true or false",
        Meaning = "no value of the vector (or the number) is NaN or infinite",
        Range = _ => Attainable.Truth,
    };

    internal static bool Of(Evaluation at, RoutingColumns vector, int column)
    {
        if (!at.Has(vector, column)) return false;
        if (vector == RoutingColumns.SelectedExperts) return true;
        foreach (var x in at.Floats(vector))
            if (!float.IsFinite(x)) return false;
        return true;
    }
}
