using System.Runtime.InteropServices;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Writing;

/// <summary>Ids of passes, given in the order in which they come. Owned by the writer's thread.</summary>
internal sealed class PassBook : IDisposable
{
    private readonly Dictionary<int, (long Step, int Pass, long Id)> _last = [];
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _select;
    private readonly Statement _step;

    public PassBook(Database database)
    {
        _database = database;
        _insert = database.Prepare("INSERT OR IGNORE INTO passes (step, pass, rank, phase, time, rows, packed, sequence, position, token_id, padding, texts, labels) VALUES (?,?,?,?,?,?,0,?,?,?,?,?,?)");
        _select = database.Prepare("SELECT id FROM passes WHERE step = ? AND pass = ? AND rank = ?");
        _step = database.Prepare("INSERT OR IGNORE INTO steps VALUES (?, ?)");
    }

    public void Add(in PassRecord pass, ReadOnlySpan<byte> rows, RowTexts? texts)
    {
        AddStep(pass.Step, pass.Time);
        var column = pass.Rows * sizeof(int);
        var ids = rows.Slice(2 * column, column);
        var padding = rows.Slice(3 * column, pass.Rows);
        _insert.Bind(1, pass.Step).Bind(2, pass.Pass).Bind(3, pass.Rank).Bind(4, pass.Phase).Bind(5, pass.Time).Bind(6, pass.Rows)
            .Bind(7, rows[..column]).Bind(8, rows.Slice(column, column));
        if (MemoryMarshal.Cast<byte, int>(ids).ContainsAnyExcept(-1)) _insert.Bind(9, ids);
        else _insert.BindNull(9);
        if (!pass.IsPaddingKnown) _insert.Bind(10, []);
        else if (padding.ContainsAnyExcept((byte)0)) _insert.Bind(10, padding);
        else _insert.BindNull(10);
        _insert.Bind(11, texts?.Texts).Bind(12, texts?.Labels).Run();
        if (_database.Changes > 0) _last[pass.Rank] = (pass.Step, pass.Pass, _database.LastId);
        else IdOf(pass.Step, pass.Pass, pass.Rank);
    }

    /// <summary>A step, unless it is there.</summary>
    public void AddStep(long step, long time) => _step.Bind(1, step).Bind(2, time).Run();

    /// <summary>Null = there is no such pass any more.</summary>
    public long? IdOf(long step, int pass, int rank)
    {
        if (_last.TryGetValue(rank, out var last) && last.Step == step && last.Pass == pass) return last.Id;
        _select.Bind(1, step).Bind(2, pass).Bind(3, rank);
        long? id = _select.Step() ? _select.Integer(0) : null;
        _select.Reset();
        if (id is { } found) _last[rank] = (step, pass, found);
        return id;
    }

    /// <summary>After passes were deleted.</summary>
    public void Forget() => _last.Clear();

    public void Dispose()
    {
        _insert.Dispose();
        _select.Dispose();
        _step.Dispose();
    }
}
