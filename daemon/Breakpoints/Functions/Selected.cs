using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

internal static class Selected
{
    public static Quantity Quantity { get; } = new()
    {
        Name = "selected",
        Kind = ValueKind.Truth,
        Scope = Scope.Decision,
        Parameters = [Parameter.Expert],
        Unit = "true or false",
        Meaning = "expert e is one of the selected experts",
        Columns = RoutingColumns.SelectedExperts,
        Range = _ => Attainable.Truth,
        Compute = Of,
    };

    private static bool Of(Evaluation at, int expert, int column) =>
        at.Has(RoutingColumns.SelectedExperts, column) && Contains(at.Batch.ExpertsOf(at.Row), expert);

    // Without the loop of Contains, whose end no processor foresees: two vectors, which overlap where k is not 8.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Contains(ReadOnlySpan<int> experts, int expert)
    {
        if (experts.Length is < 4 or > 8) return experts.Contains(expert);
        ref readonly var first = ref MemoryMarshal.GetReference(experts);
        var (head, tail) = (Vector128.LoadUnsafe(in first), Vector128.LoadUnsafe(in first, (nuint)experts.Length - 4));
        var wanted = Vector128.Create(expert);
        return (Vector128.Equals(head, wanted) | Vector128.Equals(tail, wanted)) != Vector128<int>.Zero;
    }
}
