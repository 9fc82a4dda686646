namespace MoeDevtools.Traces.Storage;

/// <summary>Finds the batch before or after a place in the order (step, pass, rank, router). Each step of the walk is a few lookups.</summary>
/// <param name="database">The trace.</param>
/// <param name="routers">How many are known; what came since is passed by.</param>
/// <param name="isRecorded">Whether a router is recorded at all: the walk would look at every pass for one that is not.</param>
internal sealed class KeyWalk(Database database, int routers, Func<int, bool> isRecorded) : IDisposable
{
    private const string Exists = "EXISTS (SELECT 1 FROM batches WHERE id BETWEEN (p.id << 16) + ?4 AND (p.id << 16) + ?5)";

    private readonly Statement _passHere = database.Prepare("SELECT id FROM passes WHERE step = ?1 AND pass = ?2 AND rank = ?3");
    private readonly Statement _passAfter = database.Prepare($"SELECT id, step, pass, rank FROM passes p WHERE (step, pass, rank) > (?1, ?2, ?3) AND {Exists} ORDER BY step, pass, rank LIMIT 1");
    private readonly Statement _passBefore = database.Prepare($"SELECT id, step, pass, rank FROM passes p WHERE (step, pass, rank) < (?1, ?2, ?3) AND {Exists} ORDER BY step DESC, pass DESC, rank DESC LIMIT 1");
    private readonly Statement _firstBatch = database.Prepare("SELECT min(id) FROM batches WHERE id BETWEEN ? AND ?");
    private readonly Statement _lastBatch = database.Prepare("SELECT max(id) FROM batches WHERE id BETWEEN ? AND ?");

    public BatchKey? Next(BatchKey key, int? router) => Walk(key, router, _passAfter, _firstBatch, Math.Min(key.Router, ushort.MaxValue) + 1, ushort.MaxValue);

    public BatchKey? Previous(BatchKey key, int? router) => Walk(key, router, _passBefore, _lastBatch, 0, key.Router - 1);

    public void Dispose()
    {
        foreach (var statement in new[] { _passHere, _passAfter, _passBefore, _firstBatch, _lastBatch }) statement.Dispose();
    }

    /// <param name="least">Routers of the key's own pass that are still to be looked at.</param>
    private BatchKey? Walk(BatchKey key, int? router, Statement beyond, Statement end, int least, int most)
    {
        if (router is { } only && !isRecorded(only)) return null;
        var (first, last) = (router ?? 0, router ?? routers - 1);
        _passHere.Bind(1, key.Step).Bind(2, key.Pass).Bind(3, key.Rank);
        long? here = _passHere.Step() ? _passHere.Integer(0) : null;
        _passHere.Reset();
        if (here is { } id && Router(end, id, Math.Max(first, least), Math.Min(last, most)) is { } sibling) return key with { Router = sibling };

        beyond.Bind(1, key.Step).Bind(2, key.Pass).Bind(3, key.Rank).Bind(4, first).Bind(5, last);
        var found = beyond.Step();
        var (pass, next) = found ? (beyond.Integer(0), new BatchKey(beyond.Integer(1), beyond.Int(2), beyond.Int(3), 0)) : default;
        beyond.Reset();
        return found && Router(end, pass, first, last) is { } there ? next with { Router = there } : null;
    }

    private static int? Router(Statement end, long pass, int first, int last)
    {
        if (first > last) return null;
        end.Bind(1, TraceSchema.Key(pass, 0) + first).Bind(2, TraceSchema.Key(pass, 0) + last);
        int? router = end.Step() && !end.IsNull(0) ? (int)(end.Integer(0) & ushort.MaxValue) : null;
        end.Reset();
        return router;
    }
}
