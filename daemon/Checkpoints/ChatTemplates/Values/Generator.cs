namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>What map, select, reverse and their like give: can be gone through once, is always true and has no length.</summary>
internal sealed class Generator(IEnumerable<object?> source)
{
    private readonly IEnumerator<object?> rest = source.GetEnumerator();

    /// <summary>The elements that nobody has taken yet.</summary>
    public IEnumerable<object?> Rest()
    {
        while (rest.MoveNext())
        {
            yield return rest.Current;
        }
    }
}
