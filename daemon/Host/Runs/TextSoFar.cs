using MoeDevtools.Capture;

namespace MoeDevtools.Host.Runs;

/// <summary>The texts of the sequences that ran, token by token, so that a stop can show what stands before its token.</summary>
/// <param name="source">Knows the text of ids.</param>
/// <param name="from">Where the run is taken up, with what was generated before; null = at its start.</param>
internal sealed class TextSoFar(IRoutingSource source, Continuation? from = null)
{
    private readonly Dictionary<int, List<int>> _ids = [];

    public void Start(int sequence, IEnumerable<int> ids)
    {
        lock (_ids) _ids[sequence] = [.. ids, .. from?.Sequence == sequence ? from.Generated : []];
    }

    public void Add(int sequence, int id)
    {
        lock (_ids) _ids[sequence].Add(id);
    }

    /// <summary>The text of the tokens before <paramref name="position"/>, at most the last 64 of them; null where ids have no text.</summary>
    public string? Before(int sequence, int position)
    {
        lock (_ids)
        {
            if (!_ids.TryGetValue(sequence, out var ids)) return null;
            var first = Math.Max(0, position - 64);
            return source.Decode(ids.GetRange(first, Math.Max(0, Math.Min(position, ids.Count) - first)));
        }
    }
}
