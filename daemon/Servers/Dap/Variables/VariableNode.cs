namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>
/// Something that opens into variables: first the named ones, then the indexed ones, made when they are asked for, from what the session holds at that moment.
/// </summary>
/// <param name="key">The same at every stop, so that a client keeps it open.</param>
/// <param name="named">How many there are.</param>
/// <param name="list">All named ones, in their order.</param>
/// <param name="indexed">How many there are.</param>
/// <param name="open">Makes what gives the indexed ones of one request.</param>
internal sealed class VariableNode(string key, int named, Func<IReadOnlyList<VariableItem>> list, int indexed = 0, Func<Func<int, VariableItem>>? open = null)
{
    /// <summary>What one answer holds at most: more is paged, or said.</summary>
    public const int MostItems = 50_000;

    public string Key => key;

    public int Named => named;

    public int Indexed => indexed;

    public static VariableNode List(string key, int count, Func<Func<int, VariableItem>> open) => new(key, 0, () => [], count, open);

    /// <param name="filter"><c>named</c>, <c>indexed</c>, or null for both.</param>
    /// <param name="count">0 = all that follow.</param>
    public IReadOnlyList<VariableItem> Items(string? filter, int start, int count)
    {
        var (first, total) = filter switch { "named" => (0, named), "indexed" => (named, indexed), _ => (0, named + indexed) };
        var begin = first + (long)Math.Clamp(start, 0, total);
        var end = count > 0 ? Math.Min(first + total, begin + count) : first + total;
        var cut = Math.Min(end, begin + MostItems);
        var items = new List<VariableItem>((int)(cut - begin));
        var names = begin < named ? list() : [];
        var item = cut > named && indexed > 0 ? open!() : null;
        for (var i = begin; i < cut; i++) items.Add(i < named ? names[(int)i] : item!((int)i - named));
        if (cut < end) items.Add(new VariableItem("…", FormattableString.Invariant($"{end - cut:N0} more; ask for them with start and count")));
        return items;
    }

    /// <summary>The item of this name; null = there is none.</summary>
    public VariableItem? Find(string name)
    {
        if (list().FirstOrDefault(item => item.Name == name) is { } found) return found;
        var item = indexed > 0 ? open!() : null;
        for (var i = 0; i < indexed; i++)
            if (item!(i) is { } at && at.Name == name) return at;
        return null;
    }
}
