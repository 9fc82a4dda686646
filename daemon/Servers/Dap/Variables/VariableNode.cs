namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>
/// Something that opens into variables: first the named ones, then the indexed ones, made when they are asked for, from what the session holds at that moment.
/// </summary>
/// <param name="key">The same at every stop, so that a client keeps it open.</param>
/// <param name="list">What makes each of the named ones, in their order.</param>
/// <param name="indexed">How many there are.</param>
/// <param name="open">Makes what gives the indexed ones of one request.</param>
internal sealed class VariableNode(string key, Func<IReadOnlyList<Func<VariableItem>>> list, int indexed = 0, Func<Func<int, VariableItem>>? open = null)
{
    /// <summary>What one answer holds at most: more is paged, or said.</summary>
    public const int MostItems = 50_000;

    public string Key => key;

    public int Named => list().Count;

    public int Indexed => indexed;

    public static VariableNode List(string key, int count, Func<Func<int, VariableItem>> open) => new(key, () => [], count, open);

    /// <param name="filter"><c>named</c>, <c>indexed</c>, or null for both.</param>
    /// <param name="count">0 = all that follow.</param>
    public IReadOnlyList<VariableItem> Items(string? filter, int start, int count)
    {
        var names = list();
        var (first, total) = filter switch { "named" => (0, names.Count), "indexed" => (names.Count, indexed), _ => (0, names.Count + indexed) };
        var begin = first + (long)Math.Clamp(start, 0, total);
        var end = count > 0 ? Math.Min(first + total, begin + count) : first + total;
        var cut = Math.Min(end, begin + MostItems);
        var items = new List<VariableItem>((int)(cut - begin));
        var item = cut > names.Count && indexed > 0 ? open!() : null;
        for (var i = begin; i < cut; i++) items.Add(i < names.Count ? names[(int)i]() : item!((int)i - names.Count));
        if (cut < end) items.Add(new VariableItem("…", FormattableString.Invariant($"{end - cut:N0} more; ask for them with start and count")));
        return items;
    }

    /// <summary>The item of this name; null = there is none.</summary>
    public VariableItem? Find(string name)
    {
        if (list().Select(make => make()).FirstOrDefault(item => item.Name == name) is { } found) return found;
        var item = indexed > 0 ? open!() : null;
        for (var i = 0; i < indexed; i++)
            if (item!(i) is { } at && at.Name == name) return at;
        return null;
    }
}
