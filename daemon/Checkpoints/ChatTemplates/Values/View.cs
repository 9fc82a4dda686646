namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>What keys(), values() and items() give: has a length and can be gone through again, but has no subscripts.</summary>
internal sealed record View(Mapping Of, ViewKind Kind)
{
    public IEnumerable<object?> Elements() => Kind switch
    {
        ViewKind.Keys => Of.Entries.Keys,
        ViewKind.Values => Of.Entries.Values,
        _ => Of.Entries.Select(object? (entry) => new object?[] { entry.Key, entry.Value }),
    };
}
