using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Storage;

/// <summary>Reads the tables whose rows are records of their own.</summary>
internal static class TraceTables
{
    public static IReadOnlyList<TraceSequence> Sequences(Database database) =>
        All(database, "SELECT id, name, label, token_ids FROM sequences ORDER BY id", row =>
        {
            var ids = new int[row.Blob(3).Length / sizeof(int)];
            BatchCodec.ReadIntegers(row.Blob(3)[..(ids.Length * sizeof(int))], ids);
            return new TraceSequence(row.Int(0), row.Text(1), row.Text(2), ids);
        });

    public static IReadOnlyList<(long Id, TraceToken Token)> Tokens(Database database, long fromStep, long? after, int most)
    {
        var tokens = new List<(long, TraceToken)>();
        using var row = database.Prepare("SELECT id, sequence, step, position, token_id, text, log_probability, sampler FROM tokens WHERE id > ? AND step >= ? ORDER BY id LIMIT ?");
        row.Bind(1, after ?? long.MinValue).Bind(2, fromStep).Bind(3, most);
        while (row.Step())
        {
            tokens.Add((row.Integer(0), new TraceToken(
                row.Int(1), row.Integer(2), row.Int(3), row.IsNull(4) ? -1 : row.Int(4), row.Text(5), row.IsNull(6) ? double.NaN : row.Real(6), row.Text(7))));
        }
        return tokens;
    }

    public static IReadOnlyList<TraceStop> Stops(Database database) =>
        All(database, "SELECT step, pass, rank, router, row, reason, text FROM stops ORDER BY id", row => new TraceStop(Key(row, 0), row.Int(4), row.Text(5)!, row.Text(6)));

    public static IReadOnlyList<TraceIntervention> Interventions(Database database) =>
        All(database, """
            SELECT id, text, once, from_step, from_pass, from_rank, from_router, from_row, removed_step, removed_pass, removed_rank, removed_router, removed_row
            FROM interventions ORDER BY id
            """,
            row => new TraceIntervention(row.Int(0), row.Text(1)!, Decision(row, 3), row.Integer(2) != 0, Decision(row, 8)));

    public static IReadOnlyList<TraceAnomaly> Anomalies(Database database) =>
        All(database, "SELECT step, pass, rank, router, row, filter, severity, message FROM anomalies ORDER BY id",
            row => new TraceAnomaly(Key(row, 0), row.IsNull(4) ? null : row.Int(4), row.Text(5)!, row.Text(6)!, row.Text(7)!));

    public static IReadOnlyList<TraceDrop> Drops(Database database) =>
        All(database, "SELECT first_step, last_step, rows, reason FROM drops ORDER BY id", row => new TraceDrop(row.Integer(0), row.Integer(1), row.Integer(2), row.Text(3)!));

    /// <summary>As <see cref="PassRow.IsPaddingKnown"/>, of all passes of these steps.</summary>
    public static bool IsPaddingUnknown(Database database, long from, long to)
    {
        using var row = database.Prepare("SELECT EXISTS (SELECT 1 FROM passes WHERE step BETWEEN ?1 AND ?2 AND rows > 0 AND length(padding) = 0)");
        return row.Bind(1, from).Bind(2, to).Step() && row.Int(0) != 0;
    }

    public static IReadOnlyList<TraceChecksum> Checksums(Database database) =>
        All(database, "SELECT step, router, value FROM checksums ORDER BY step, router", row => new TraceChecksum(row.Integer(0), row.Int(1), row.Text(2)!));

    /// <returns>The loads of at most <paramref name="most"/> steps, and the last step that was looked at; null = there are no more.</returns>
    public static (IReadOnlyList<TraceLoads> Loads, long? Last) Loads(Database database, int router, int experts, long from, long to, int most)
    {
        var page = new List<TraceLoads>();
        long? last = null;
        using var row = database.Prepare("""
            SELECT s.id, l.tokens, l.empty_slots, l.width, l.experts, l.counts, l.id IS NOT NULL
            FROM (SELECT id FROM steps WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3) s LEFT JOIN loads l ON l.id = (s.id << 16) + ?4 ORDER BY s.id
            """);
        row.Bind(1, from).Bind(2, to).Bind(3, most).Bind(4, router);
        while (row.Step())
        {
            last = row.Integer(0);
            if (row.Integer(6) == 0) continue;
            var counts = new int[experts];
            var (tokens, empty) = LoadCodec.Read(row, 1, counts);
            page.Add(new TraceLoads(row.Integer(0), router, tokens, empty, counts));
        }
        return (page, last);
    }

    /// <summary>Gives away at most <paramref name="most"/> rows of loads with these ids.</summary>
    /// <returns>Where the next page begins; null = there is none.</returns>
    public static long? Loads(Database database, IReadOnlyList<RouterInfo> routers, int[] counts, long firstId, long lastId, int most, LoadsReader read)
    {
        long? next = null;
        using var row = database.Prepare("SELECT id, tokens, empty_slots, width, experts, counts FROM loads WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?");
        row.Bind(1, firstId).Bind(2, lastId).Bind(3, most);
        for (var rows = 1; row.Step(); rows++)
        {
            var id = row.Integer(0);
            if (rows == most) next = id + 1;
            if ((int)(id & ushort.MaxValue) is var router && router >= routers.Count) continue;      // it came since the file was opened
            var own = counts.AsSpan(0, routers[router].Experts);
            var (tokens, empty) = LoadCodec.Read(row, 1, own);
            read(id >> TraceSchema.RouterBits, router, tokens, empty, own);
        }
        return next;
    }

    private static BatchKey Key(Statement row, int first) => new(row.Integer(first), row.Int(first + 1), row.Int(first + 2), row.Int(first + 3));

    private static (BatchKey, int)? Decision(Statement row, int first) => row.IsNull(first) ? null : (Key(row, first), row.Int(first + 4));

    private static List<T> All<T>(Database database, string sql, Func<Statement, T> read)
    {
        var all = new List<T>();
        using var row = database.Prepare(sql);
        while (row.Step()) all.Add(read(row));
        return all;
    }
}
