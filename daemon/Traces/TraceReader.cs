using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces;

/// <summary>Reads a <c>.moetrace</c> file, also while it is written; routers that come meanwhile are seen by a reader that is opened afterwards. Holds no long transaction. One thread at a time.</summary>
/// <remarks>Any member throws a <see cref="UserError"/> where the file turns out to be damaged or cannot be read any more.</remarks>
public sealed class TraceReader : IDisposable
{
    private readonly Database _database;
    private readonly PassRow _passRow = new();
    private readonly BatchRow _batchRow = new();
    private readonly Dictionary<int, RoutingColumns> _columns = [];
    private readonly Dictionary<int, string> _texts = [];
    private readonly Dictionary<int, string?> _labels = [];
    private readonly Statement _pass;
    private readonly Statement _batch;
    private readonly Statement _before;
    private readonly Statement _text;
    private readonly Statement _label;
    private readonly KeyWalk _walk;

    private TraceReader(string path, Database database)
    {
        (Path, _database) = (path, database);
        (Info, Routers) = (TraceMeta.ReadInfo(database), TraceMeta.ReadRouters(database));
        _pass = database.Prepare($"SELECT {PassRow.Columns} FROM passes WHERE step = ? AND pass = ? AND rank = ?");
        _batch = database.Prepare($"SELECT {BatchRow.Columns} FROM batches WHERE id = ?");
        _before = database.Prepare($"SELECT {BatchRow.Columns} FROM batches_before WHERE id = ?");
        _text = database.Prepare("SELECT text FROM token_texts WHERE id = ?");
        _label = database.Prepare("SELECT label FROM sequences WHERE id = ?");
        using (var select = database.Prepare("SELECT id, columns FROM routers"))
            while (select.Step()) _columns[select.Int(0)] = (RoutingColumns)select.Int(1);
        _walk = new KeyWalk(database, Routers.Count, router => RecordedColumns(router) != RoutingColumns.None);
    }

    /// <param name="withoutLog">Whether an unclosed file may be opened although its log is not beside it: what was only in there is missing then.</param>
    /// <exception cref="UserError">No file, not a trace, truncated, unclosed without its log, or from a newer version.</exception>
    public static TraceReader Open(string path, bool withoutLog = false)
    {
        var database = TraceFile.OpenToRead(path, withoutLog);
        try
        {
            return new TraceReader(path, database);
        }
        catch (Exception cause) when (cause is SqliteFailure or JsonException or FormatException)
        {
            database.Dispose();
            throw cause is SqliteFailure ? TraceErrors.Reading(path, cause) : TraceErrors.Damaged(path, cause.Message, cause);
        }
    }

    public string Path { get; }

    public TraceInfo Info { get; }

    /// <summary>In forward order.</summary>
    public IReadOnlyList<RouterInfo> Routers { get; }

    /// <summary>Whether the recording was closed; false = it still runs, or was killed.</summary>
    public bool IsClosed => Guarded(() => _database.Text("SELECT value FROM meta WHERE key = 'closed'") is not null);

    /// <summary>The columns that are recorded of a router; None = it was left out.</summary>
    public RoutingColumns RecordedColumns(int router) => _columns.GetValueOrDefault(router);

    /// <summary>What the file holds now.</summary>
    public TraceExtent Extent() => Guarded(() =>
    {
        using var select = _database.Prepare("SELECT (SELECT min(id) FROM steps), (SELECT max(id) FROM steps), (SELECT count(*) FROM steps), batches, decisions, columns FROM totals");
        if (!select.Step()) throw new InvalidDataException("the table of totals is empty");
        return new TraceExtent(select.Integer(0), select.Integer(1), select.Integer(2), select.Integer(3), select.Integer(4), (RoutingColumns)select.Int(5));
    });

    /// <summary>The first batch; null = there is none.</summary>
    public BatchKey? First() => Next(new BatchKey(long.MinValue, 0, 0, 0));

    public BatchKey? Last() => Previous(new BatchKey(long.MaxValue, 0, 0, 0));

    /// <summary>The batch after this one, whether or not there is one at <paramref name="key"/> itself; null = none.</summary>
    /// <param name="router">Only batches of this router; null = of all.</param>
    public BatchKey? Next(BatchKey key, int? router = null) => Guarded(() => _walk.Next(key, router));

    /// <inheritdoc cref="Next"/>
    public BatchKey? Previous(BatchKey key, int? router = null) => Guarded(() => _walk.Previous(key, router));

    /// <summary>
    /// Fills <paramref name="batch"/> and its pass (a <see cref="RoutingPass"/> of the caller's, filled too) with a recorded batch, and with what it was before a change.
    /// Columns that were recorded as float16 come back widened. The text of a row is that of its token id where the recording knows it.
    /// </summary>
    /// <param name="columns">Columns to read; others are not present afterwards.</param>
    /// <returns>False = there is no such batch.</returns>
    public bool Read(BatchKey key, RoutingPass pass, RoutingBatch batch, RoutingColumns columns = RoutingColumns.All) => Read(key, pass, batch, columns, out _);

    /// <inheritdoc cref="Read(BatchKey, RoutingPass, RoutingBatch, RoutingColumns)"/>
    /// <param name="problems">The verdict of the validator when the batch was recorded.</param>
    public bool Read(BatchKey key, RoutingPass pass, RoutingBatch batch, RoutingColumns columns, out BatchProblems problems)
    {
        var found = BatchProblems.None;
        var read = Guarded(() =>
        {
            if ((uint)key.Router >= (uint)Routers.Count || ReadPass(key, pass) is not { } id) return false;
            return ReadBatch(TraceSchema.Key(id, key.Router), Routers[key.Router], pass, batch, columns, out found);
        });
        problems = found;
        return read;
    }

    public IReadOnlyList<TraceSequence> Sequences() => Guarded(() => TraceTables.Sequences(_database));

    /// <summary>Generated tokens in order, from <paramref name="fromStep"/> on.</summary>
    public IEnumerable<TraceToken> Tokens(long fromStep = 0)
    {
        const int Page = 1000;
        long? after = null;
        while (true)
        {
            var page = Guarded(() => TraceTables.Tokens(_database, fromStep, after, Page));
            foreach (var (_, token) in page) yield return token;
            if (page.Count < Page) yield break;
            after = page[^1].Id;
        }
    }

    public IReadOnlyList<TraceStop> Stops() => Guarded(() => TraceTables.Stops(_database));

    public IReadOnlyList<TraceIntervention> Interventions() => Guarded(() => TraceTables.Interventions(_database));

    public IReadOnlyList<TraceAnomaly> Anomalies() => Guarded(() => TraceTables.Anomalies(_database));

    public IReadOnlyList<TraceDrop> Drops() => Guarded(() => TraceTables.Drops(_database));

    public IReadOnlyList<TraceChecksum> Checksums() => Guarded(() => TraceTables.Checksums(_database));

    /// <summary>Loads of a router in the steps <paramref name="from"/> to <paramref name="to"/>, in order; steps without data are left out.</summary>
    public IEnumerable<TraceLoads> Loads(int router, long from, long to)
    {
        const int Page = 256;
        if ((uint)router >= (uint)Routers.Count) yield break;
        while (from <= to)
        {
            var (page, last) = Guarded(() => TraceTables.Loads(_database, router, Routers[router].Experts, from, to, Page));
            foreach (var loads in page) yield return loads;
            if (last is not { } step || step == long.MaxValue) yield break;
            from = step + 1;
        }
    }

    /// <summary>Loads of all routers in the steps <paramref name="from"/> to <paramref name="to"/>, in order of step and router: what a router lacks is left out.</summary>
    public void Loads(long from, long to, LoadsReader read, CancellationToken cancelled)
    {
        const int Page = 4096;
        var counts = new int[Routers.Select(r => r.Experts).DefaultIfEmpty().Max()];
        for (long? next = TraceSchema.Key(from, 0); next is { } first;)
        {
            cancelled.ThrowIfCancellationRequested();
            next = Guarded(() => TraceTables.Loads(_database, Routers, counts, first, TraceSchema.Key(to, ushort.MaxValue), Page, read));
        }
    }

    /// <summary>True if of some rows in the steps <paramref name="from"/> to <paramref name="to"/> nobody knew whether they are padding.</summary>
    public bool IsPaddingUnknown(long from, long to) => Guarded(() => TraceTables.IsPaddingUnknown(_database, from, to));

    /// <summary>The text of a token id as the recording knows it; null = unknown or redacted.</summary>
    public string? TextOf(int tokenId) => Guarded(() => FindText(tokenId));

    public void Dispose()
    {
        foreach (var each in new IDisposable[] { _pass, _batch, _before, _text, _label, _walk, _database }) each.Dispose();
    }

    private long? ReadPass(BatchKey key, RoutingPass pass)
    {
        try
        {
            if (!_pass.Bind(1, key.Step).Bind(2, key.Pass).Bind(3, key.Rank).Step()) return null;
            _passRow.Read(_pass, pass, FindText, FindLabel);
            return _pass.Integer(0);
        }
        finally
        {
            _pass.Reset();
        }
    }

    private bool ReadBatch(long id, RouterInfo router, RoutingPass pass, RoutingBatch batch, RoutingColumns columns, out BatchProblems problems)
    {
        problems = BatchProblems.None;
        try
        {
            var changed = _before.Bind(1, id).Step();
            if (changed)
            {
                _batchRow.Read(_before, router, pass, batch, columns);
                batch.BeginChange();
            }
            if (!_batch.Bind(1, id).Step()) return false;
            problems = _batchRow.Read(_batch, router, pass, batch, columns, changed);
            return true;
        }
        finally
        {
            _before.Reset();
            _batch.Reset();
        }
    }

    private string? FindText(int id)
    {
        if (_texts.TryGetValue(id, out var known)) return known;
        _text.Bind(1, id);
        var text = _text.Step() ? _text.Text(0) : null;
        _text.Reset();
        if (text is not null) _texts[id] = text;                                          // an id without a text may still get one
        return text;
    }

    private string? FindLabel(int sequence)
    {
        if (_labels.TryGetValue(sequence, out var known)) return known;
        _label.Bind(1, sequence);
        var found = _label.Step();
        var label = found ? _label.Text(0) : null;
        _label.Reset();
        if (found) _labels[sequence] = label;
        return label;
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteFailure cause)
        {
            throw TraceErrors.Reading(Path, cause);
        }
        catch (Exception cause) when (cause is InvalidDataException or JsonException or OverflowException)
        {
            throw TraceErrors.Damaged(Path, cause.Message, cause);
        }
    }
}
