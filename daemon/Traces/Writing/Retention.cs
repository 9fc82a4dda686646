using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Writing;

/// <summary>
/// Deletes the oldest steps of a trace that has become too large or too old, and counts them in <c>drops</c>. Pages that come free are used again, so that the file does not grow.
/// Owned by the writer's thread.
/// </summary>
internal sealed class Retention : IDisposable
{
    private readonly Database _database;
    private readonly TraceOptions _options;
    private readonly long _mostBytes;
    private readonly int _pageBytes;
    private readonly Statement _oldest;
    private readonly Statement _time;
    private readonly Statement _passes;
    private readonly Statement _count;
    private readonly Statement[] _ofPass;
    private readonly Statement _ofStepLoads;
    private readonly Statement[] _ofStep;
    private readonly Statement _totals;
    private readonly Statement _drop;
    private readonly Statement _newDrop;

    /// <param name="reserve">Bytes that the log and the next commit may take.</param>
    public Retention(Database database, TraceOptions options, long reserve)
    {
        (_database, _options, _mostBytes, _pageBytes) = (database, options, options.MaxBytes - reserve ?? long.MaxValue, TraceSchema.PageBytes(options.MaxBytes));
        _oldest = database.Prepare("SELECT min(id), max(id) FROM steps");
        _time = database.Prepare("SELECT time FROM steps WHERE id = ?");
        _passes = database.Prepare("SELECT id, rows FROM passes WHERE step = ?");
        _count = database.Prepare("SELECT count(*) FROM batches WHERE id BETWEEN ?1 << 16 AND (?1 << 16) + 65535");
        _ofPass =
        [
            database.Prepare("DELETE FROM batches WHERE id BETWEEN ?1 << 16 AND (?1 << 16) + 65535"),
            database.Prepare("DELETE FROM batches_before WHERE id BETWEEN ?1 << 16 AND (?1 << 16) + 65535"),
            database.Prepare("DELETE FROM passes WHERE id = ?1"),
        ];
        _ofStepLoads = database.Prepare("DELETE FROM loads WHERE id BETWEEN ?1 << 16 AND (?1 << 16) + 65535");
        _ofStep = [.. new[] { "tokens", "checksums" }.Select(table => database.Prepare($"DELETE FROM {table} WHERE step = ?1")), database.Prepare("DELETE FROM steps WHERE id = ?1")];
        _totals = database.Prepare("UPDATE totals SET batches = batches - ?, decisions = decisions - ?");
        _drop = database.Prepare("UPDATE drops SET first_step = min(first_step, ?1), last_step = max(last_step, ?2), rows = rows + ?3 WHERE reason = ?4");
        _newDrop = database.Prepare("INSERT INTO drops (first_step, last_step, rows, reason) VALUES (?1, ?2, ?3, ?4)");
    }

    /// <summary>Within a transaction. Returns whether something went.</summary>
    public bool Trim(long now)
    {
        var any = false;
        while (_options.MaxBytes is not null && Used() > _mostBytes && Drop("size")) any = true;
        if (_options.MaxAge is { } age)
            while (Oldest() is { } step && TimeOf(step.First) < now - age.Ticks / TimeSpan.TicksPerMicrosecond && Drop("age")) any = true;
        return any;
    }

    /// <summary>Counts decisions that are missing, in the row of their reason.</summary>
    public void Count(long firstStep, long lastStep, long rows, string reason)
    {
        _drop.Bind(1, firstStep).Bind(2, lastStep).Bind(3, rows).Bind(4, reason).Run();
        if (_database.Changes == 0) _newDrop.Bind(1, firstStep).Bind(2, lastStep).Bind(3, rows).Bind(4, reason).Run();
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _oldest, _time, _passes, _count, _ofStepLoads, _totals, _drop, _newDrop }.Concat(_ofPass).Concat(_ofStep)) statement.Dispose();
    }

    /// <summary>Drops the oldest step; false where only the newest is left, which is still being written.</summary>
    private bool Drop(string reason)
    {
        if (Oldest() is not { } steps || steps.First == steps.Last) return false;
        var passes = new List<(long Id, long Rows)>();
        _passes.Bind(1, steps.First);
        while (_passes.Step()) passes.Add((_passes.Integer(0), _passes.Integer(1)));
        _passes.Reset();
        long batches = 0, decisions = 0;
        foreach (var (id, rows) in passes)
        {
            _count.Bind(1, id);
            _count.Step();
            batches += _count.Integer(0);
            decisions += _count.Integer(0) * rows;
            _count.Reset();
            foreach (var statement in _ofPass) statement.Bind(1, id).Run();
        }
        _ofStepLoads.Bind(1, steps.First).Run();
        foreach (var statement in _ofStep) statement.Bind(1, steps.First).Run();
        _totals.Bind(1, batches).Bind(2, decisions).Run();
        Count(steps.First, steps.First, decisions, reason);
        return true;
    }

    private (long First, long Last)? Oldest()
    {
        _oldest.Step();
        (long, long)? steps = _oldest.IsNull(0) ? null : (_oldest.Integer(0), _oldest.Integer(1));
        _oldest.Reset();
        return steps;
    }

    private long TimeOf(long step)
    {
        _time.Bind(1, step);
        var time = _time.Step() ? _time.Integer(0) : 0;
        _time.Reset();
        return time;
    }

    private long Used() => ((_database.Number("PRAGMA page_count") ?? 0) - (_database.Number("PRAGMA freelist_count") ?? 0)) * _pageBytes;
}
