namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>Python's dict: keeps the order of insertion.</summary>
internal sealed class Mapping
{
    public OrderedDictionary<object, object?> Entries { get; } = new(KeyComparer.Instance);
}
