namespace MoeDevtools.Traces.Formats;

/// <summary>The rows of one sequence whose routing is in memory, cut into passes.</summary>
/// <param name="First">Position of the first row.</param>
/// <param name="Tokens">Ids of the rows' tokens; null = unknown.</param>
/// <param name="Parts">[tokens, layers, k] each, one after the other.</param>
internal sealed record SequenceRows(int Index, string? Id, int First, int[]? Tokens, IReadOnlyList<RoutedExperts> Parts)
{
    /// <summary>One step, so many passes as it takes.</summary>
    public IEnumerable<ImportedPass> Passes(ImportedPass pass, long step)
    {
        var (layers, slots) = (Parts[0].Layers, Parts[0].Slots);
        (pass.Step, pass.Pass) = (step, 0);
        var done = 0;
        foreach (var part in Parts)
        {
            for (var at = 0; at < part.Tokens; at += ImportedPass.MostRows)
            {
                var rows = Math.Min(ImportedPass.MostRows, part.Tokens - at);
                pass.Reset(rows, layers * slots);
                if (done == 0) pass.Begun.Add(new TraceSequence(Index, Id, null, Tokens ?? []));
                part.Ids.AsSpan(at * layers * slots, rows * layers * slots).CopyTo(pass.Ids);
                for (var i = 0; i < rows; i++)
                {
                    (pass.Sequence[i], pass.Position[i]) = (Index, First + done + i);
                    if (Tokens is { } ids && done + i < ids.Length) pass.TokenId[i] = ids[done + i];
                }
                if (part.Largest is { } largest) pass.Unwrap(largest, slots, layers * slots);
                done += rows;
                yield return pass;
                pass.Pass++;
            }
        }
    }
}
