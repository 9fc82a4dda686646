using MoeDevtools.Capture;

namespace MoeDevtools.Host.Runs;

/// <summary>The text of the sequence that runs, token by token, so that a stop can show what stands before its token.</summary>
internal sealed class TextSoFar(IRoutingSource source)
{
    private readonly List<int> _ids = [];

    public void Start(SequenceInput input)
    {
        lock (_ids)
        {
            _ids.Clear();
            _ids.AddRange(input.Ids);
        }
    }

    public void Add(int id)
    {
        lock (_ids) _ids.Add(id);
    }

    /// <summary>The text of the tokens before <paramref name="position"/>, at most the last 64 of them; null where ids have no text.</summary>
    public string? Before(int position)
    {
        lock (_ids)
        {
            var first = Math.Max(0, position - 64);
            return source.Decode(_ids.GetRange(first, Math.Min(position, _ids.Count) - first));
        }
    }
}
