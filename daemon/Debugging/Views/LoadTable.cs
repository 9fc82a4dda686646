namespace MoeDevtools.Debugging.Views;

/// <summary>What the routers of a run chose over a range of steps. Immutable.</summary>
/// <param name="From">First step that was summed; it may have been dropped from the recording since.</param>
/// <param name="To">Last step that was summed.</param>
/// <param name="Tokens">T by router; -1 = unknown (an import of counts without k).</param>
/// <param name="EmptySlots">Slots that no expert filled, by router.</param>
/// <param name="Counts">c_e by router <c>[experts]</c>.</param>
public sealed record LoadTable(long From, long To, long[] Tokens, long[] EmptySlots, long[][] Counts)
{
    /// <summary>Of some rows it is not known whether they are padding.</summary>
    public bool PaddingUnknown { get; init; }

    internal LoadTable Copy() => this with { Tokens = [.. Tokens], EmptySlots = [.. EmptySlots], Counts = [.. Counts.Select(c => c.ToArray())] };
}
