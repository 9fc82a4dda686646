using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>What map, select, reverse and their like give: can be gone through once, is always true and has no length.</summary>
internal sealed class Generator(Run run, IEnumerable<object?> source)
{
    private readonly IEnumerator<object?> rest = source.GetEnumerator();

    /// <summary>The elements that nobody has taken yet.</summary>
    public IEnumerable<object?> Rest()
    {
        while (true)
        {
            // A generator over a generator over ... recurses when it is asked for an element.
            run.Descend();
            if (!rest.MoveNext())
            {
                yield break;
            }

            yield return rest.Current;
        }
    }
}
