using System.Diagnostics;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;
using SQLitePCL;

namespace MoeDevtools.Traces.Writing;

/// <summary>Puts records into the file, in transactions that are bounded in time and bytes. Owned by the writer's thread.</summary>
internal sealed class RecordStore : IDisposable
{
    /// <summary>Bytes of a transaction and of the log, where the file may have any size.</summary>
    private const long TransactionBytes = 16 << 20;
    private const long LogBytes = 64 << 20;

    private static readonly TimeSpan TransactionTime = TimeSpan.FromMilliseconds(500);

    private readonly string _path;
    private readonly Database _database;
    private readonly EarlyCheckpoint _early;
    private readonly List<RouterInfo> _routers;
    private readonly long _transactionBytes;
    private readonly PassBook _passes;
    private readonly LoadBook _loads;
    private readonly Retention _retention;
    private readonly RecordInserts _inserts;
    private readonly Statement _batch;
    private readonly Statement _before;
    private readonly Statement _totals;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private long _began;
    private long _pending;
    private long _batches;
    private long _decisions;
    private int _columns;
    private RowTexts? _texts;

    public RecordStore(string path, TraceInfo info, IReadOnlyList<RouterInfo> routers, TraceOptions options, IReadOnlyList<RoutingColumns> columns)
    {
        (_path, _routers) = (path, [.. routers]);
        _transactionBytes = Math.Min(TransactionBytes, Math.Max(1 << 18, (options.MaxBytes ?? long.MaxValue) / 32));
        var logBytes = Math.Min(LogBytes, Math.Max(1 << 18, (options.MaxBytes ?? long.MaxValue) / 16));
        var pageBytes = TraceSchema.PageBytes(options.MaxBytes);
        _database = Database.OpenToWrite(path);
        try
        {
            _database.Execute(FormattableString.Invariant($"""
                PRAGMA page_size = {pageBytes};
                PRAGMA application_id = {TraceSchema.ApplicationId};
                PRAGMA user_version = {TraceSchema.Version};
                PRAGMA synchronous = NORMAL;
                PRAGMA cache_size = -32768;
                PRAGMA secure_delete = OFF;
                """));
            _database.Execute("BEGIN");
            TraceMeta.Create(_database, info, routers, router => columns[router.Index]);
            _database.Execute("COMMIT");
            // The log begins once the tables are in the file itself: a kill at the first moment leaves a trace.
            _database.Execute(FormattableString.Invariant($"PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = {logBytes / pageBytes}; PRAGMA journal_size_limit = {logBytes};"));
            _database.Number("SELECT count(*) FROM meta");                                 // from the first read on, others see that the file is in use
            _passes = new PassBook(_database);
            _loads = new LoadBook(_database, [.. routers.Select(r => r.Experts)]);
            _retention = new Retention(_database, options, 2 * logBytes + 4 * _transactionBytes);
            _inserts = new RecordInserts(_database);
            _batch = _database.Prepare("INSERT INTO batches VALUES (?,?,?,?,?,?,?,0,NULL,?,?,?,?,?,?,?)");
            _before = _database.Prepare("INSERT OR IGNORE INTO batches_before VALUES (?,?,?,?,?,?,?,0,NULL,?,?,?,?,?,?,?)");
            _totals = _database.Prepare("UPDATE totals SET batches = batches + ?, decisions = decisions + ?, columns = columns | ?");
            _begin = _database.Prepare("BEGIN IMMEDIATE");
            _commit = _database.Prepare("COMMIT");
            _early = new EarlyCheckpoint(path);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>When what is written so far must be committed, by Environment.TickCount64; null = there is nothing to commit.</summary>
    public long? Deadline { get; private set; }

    public void Write(Chunk chunk)
    {
        while (chunk.ReadKind(out var kind))
        {
            if (Deadline is null)
            {
                _begin.Run();
                _began = Stopwatch.GetTimestamp();
                Deadline = Environment.TickCount64 + (long)TransactionTime.TotalMilliseconds;
            }
            switch (kind)
            {
                case RecordKind.Pass: WritePass(chunk); break;
                case RecordKind.Batch: WriteBatch(chunk); break;
                default: Write(chunk.ReadObject()); break;
            }
        }
        if (Deadline is not null && Stopwatch.GetElapsedTime(_began) >= TransactionTime) Commit();
    }

    public void Commit()
    {
        if (Deadline is null) return;
        if (!File.Exists(_path)) throw TraceErrors.Removed(_path);
        _loads.Write();
        if (_batches > 0) _totals.Bind(1, _batches).Bind(2, _decisions).Bind(3, _columns).Run();
        if (_retention.Trim(Now())) _passes.Forget();
        _commit.Run();
        if (_pending >= _transactionBytes) _early.Start();
        (_batches, _decisions, _pending) = (0, 0, 0);
        Deadline = null;
    }

    /// <summary>Commits the rest and leaves one file, if nobody reads it now.</summary>
    public void Close()
    {
        Commit();
        if (!File.Exists(_path)) throw TraceErrors.Removed(_path);
        TraceMeta.WriteClosed(_database);
        _early.Dispose();
        foreach (var statement in Statements()) statement.Dispose();
        _database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        try
        {
            _database.Execute("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE");
        }
        catch (SqliteFailure failure) when (failure.Primary is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            // A reader has it open: the log is empty, and SQLite removes it when the last connection goes.
        }
    }

    public void Dispose()
    {
        _early.Dispose();
        foreach (var statement in Statements()) statement.Dispose();
        _database.Dispose();
    }

    /// <summary>Microseconds since 1970, UTC.</summary>
    public static long Now() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private IDisposable[] Statements() => [_passes, _loads, _retention, _inserts, _batch, _before, _totals, _begin, _commit];

    private void WritePass(Chunk chunk)
    {
        var pass = chunk.ReadHead<PassRecord>();
        _passes.Add(pass, chunk.ReadContent(pass.Rows * (3 * sizeof(int) + 1)), _texts);
        _texts = null;
    }

    private void WriteBatch(Chunk chunk)
    {
        var batch = chunk.ReadHead<BatchRecord>();
        var router = _routers[batch.Router];
        var layout = new BatchLayout(router, batch.Rows, batch.Slots, (RoutingColumns)batch.Present, batch.IdBytes, batch.RealBytes);
        var blobBytes = layout.Total;
        var content = chunk.ReadContent(blobBytes + (batch.HasLoads ? router.Experts * sizeof(int) : 0));
        _pending += content.Length;
        if (_passes.IdOf(batch.Step, batch.Pass, batch.Rank) is not { } pass)
        {
            if (!batch.IsBefore) _retention.Count(batch.Step, batch.Step, batch.Rows, "size");    // came after its step had to go
            return;
        }
        if (!Insert(batch.IsBefore ? _before : _batch, TraceSchema.Key(pass, batch.Router), batch, layout, content))
        {
            _retention.Count(batch.Step, batch.Step, batch.Rows, "duplicate");
            return;
        }
        if (batch.IsBefore) return;
        if (batch.HasLoads) _loads.Add(batch.Step, batch.Router, batch.Tokens, batch.EmptySlots, content[blobBytes..]);
        _batches++;
        _decisions += batch.Rows;
        _columns |= batch.Present;
        if (_pending >= _transactionBytes) Commit();                                      // never between a batch and what it was before
    }

    /// <returns>False = there is such a batch already, and it stays.</returns>
    private static bool Insert(Statement insert, long id, in BatchRecord batch, in BatchLayout layout, ReadOnlySpan<byte> content)
    {
        insert.Bind(1, id).Bind(2, batch.Slots).Bind(3, batch.Present).Bind(4, batch.Observed).Bind(5, batch.Problems).Bind(6, batch.IdBytes).Bind(7, batch.RealBytes);
        for (var i = 0; i < BatchLayout.Blobs; i++)
        {
            var length = layout.Length(i);
            if (length < 0)
            {
                insert.BindNull(8 + i);
                continue;
            }
            insert.Bind(8 + i, content[..length]);
            content = content[length..];
        }
        try
        {
            insert.Run();
            return true;
        }
        catch (SqliteFailure failure) when (failure.Primary == raw.SQLITE_CONSTRAINT)
        {
            return false;
        }
    }

    private void Write(object record)
    {
        switch (record)
        {
            case RowTexts texts: _texts = texts; break;
            case TraceDrop drop: _retention.Count(drop.FirstStep, drop.LastStep, drop.Rows, drop.Reason); break;
            case TraceLoads loads:
                _passes.AddStep(loads.Step, Now());
                _loads.Add(loads.Step, loads.Router, loads.Tokens, loads.EmptySlots, System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>([.. loads.Counts]));
                break;
            case AddedRouter added:
                _routers.Add(added.Router);
                _loads.Add(added.Router.Experts);
                TraceMeta.Write(_database, added.Router, added.Columns);
                break;
            case Flush flush:
                Commit();
                flush.Done();
                break;
            default: _inserts.Write(record); break;
        }
    }
}
