using MoeDevtools.Capture;

namespace MoeDevtools.Host.Runs;

/// <summary>The text of the sequence that runs, token by token, so that a stop can show what stands before its token.</summary>
internal sealed class TextSoFar(ModelSession session)
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

    /// <summary>The text of the tokens before <paramref name="position"/>, at most the last 64 of them; null without a tokenizer.</summary>
    public string? Before(int position)
    {
        if (session.Tokenizer is null) return null;
        lock (_ids)
        {
            var first = Math.Max(0, position - 64);
            return session.Tokenizer.Decode(_ids.GetRange(first, Math.Min(position, _ids.Count) - first).ToArray());
        }
    }
}
