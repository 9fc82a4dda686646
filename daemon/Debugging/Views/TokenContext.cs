using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>The text around a token: a few tokens of its sequence before and after, from the passes nearby.</summary>
internal static class TokenContext
{
    private const int Tokens = 8;

    /// <summary>A batch may hold many sequences, each of them a row a pass.</summary>
    private const int Passes = 16;

    public static (string Before, string Token, string After) Of(TraceReader reader, int router, RowPlace at, int sequence)
    {
        var room = new RecordedBatch();
        var token = room.Read(reader, at.At(router), RoutingColumns.None) ? Text(room, at.Row) : "";
        var before = new List<string>();
        BatchKey? key = at.At(router);
        for (var i = 0; i < Passes && key is { } place && before.Count < Tokens; i++, key = reader.Previous(place, router))
        {
            if (!room.Read(reader, place, RoutingColumns.None)) continue;
            for (var row = (i == 0 ? at.Row : room.Batch.Tokens) - 1; row >= 0 && before.Count < Tokens; row--)
                if (Is(room, row, sequence)) before.Add(Text(room, row));
        }
        var after = new List<string>();
        key = at.At(router);
        for (var i = 0; i < Passes && key is { } place && after.Count < Tokens; i++, key = reader.Next(place, router))
        {
            if (!room.Read(reader, place, RoutingColumns.None)) continue;
            for (var row = i == 0 ? at.Row + 1 : 0; row < room.Batch.Tokens && after.Count < Tokens; row++)
                if (Is(room, row, sequence)) after.Add(Text(room, row));
        }
        before.Reverse();
        return (string.Concat(before), token, string.Concat(after));
    }

    private static bool Is(RecordedBatch room, int row, int sequence) => room.Batch.IsToken(row) && room.Batch.Pass.Rows.Sequence[row] == sequence;

    private static string Text(RecordedBatch room, int row) => room.Batch.Pass.Rows.Text[row] ?? FormattableString.Invariant($"<{room.Batch.Pass.Rows.TokenId[row]}>");
}
