namespace MoeDevtools.Routing;

/// <summary>Rows of <c>selected_experts</c> as sets: order and empty slots (-1) do not count.</summary>
public static class ExpertSets
{
    public static bool Equal(ReadOnlySpan<int> a, ReadOnlySpan<int> b) => Within(a, b) && Within(b, a);

    private static bool Within(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        foreach (var e in a)
            if (e >= 0 && !b.Contains(e)) return false;
        return true;
    }
}
