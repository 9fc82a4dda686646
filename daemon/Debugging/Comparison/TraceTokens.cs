using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>The tokens of a trace as sequences that a checkpoint can run.</summary>
public static class TraceTokens
{
    /// <summary>Each sequence as far as it was given or routed, by its number, ascending. What an encoder read is the sequence; what was decoded after it is not run.</summary>
    /// <exception cref="UserError">Ids are missing, or rows do not rise.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<(int Sequence, SequenceInput Input)> Of(TraceReader trace, CancellationToken cancelled)
    {
        var given = trace.Sequences().ToDictionary(s => s.Index);
        var ids = new SortedDictionary<int, List<int>>(given.ToDictionary(s => s.Key, s => s.Value.Ids.ToList()));
        var first = trace.Routers.Where(r => r.Id.Stack == trace.Routers[0].Id.Stack).Select(r => r.Index).ToList();
        using var rows = new TraceRows(trace, first, bySteps: false, cancelled);
        while (rows.Next())
        {
            var (_, sequence, position) = rows.Place;
            if (!ids.TryGetValue(sequence, out var tokens)) ids[sequence] = tokens = [];
            if (position < tokens.Count) continue;
            if (position > tokens.Count || rows.TokenId < 0)
                throw new UserError("MOE4026", $"{trace.Path}: the token at sequence {sequence}, position {tokens.Count} is not recorded, so a checkpoint cannot run it.", $"Compare a recording that has all its tokens: one that was redacted, dropped its oldest steps, or was imported without ids has not.");
            tokens.Add(rows.TokenId);
        }
        return [.. ids.Where(s => s.Value.Count > 0).Select(s => (s.Key, new SequenceInput(s.Value) { Id = given.GetValueOrDefault(s.Key)?.Id ?? FormattableString.Invariant($"sequence {s.Key}") }))];
    }
}
