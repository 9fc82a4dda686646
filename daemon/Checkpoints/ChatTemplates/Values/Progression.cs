namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>Python's range object.</summary>
internal sealed record Progression(long Start, long Stop, long Step)
{
    public long Count => Step > 0
        ? Stop > Start ? ((Stop - Start - 1) / Step) + 1 : 0
        : Start > Stop ? ((Start - Stop - 1) / -Step) + 1 : 0;

    public object this[long index] => Start + (index * Step);

    public IEnumerable<object?> Elements()
    {
        for (var i = 0L; i < Count; i++)
        {
            yield return this[i];
        }
    }
}
