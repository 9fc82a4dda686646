using SQLitePCL;

namespace MoeDevtools.Traces.Storage;

/// <summary>A prepared statement. Parameters count from 1, columns from 0, as in SQLite.</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    private readonly sqlite3_stmt _handle = handle;

    public Statement Bind(int parameter, long value)
    {
        database.Check(raw.sqlite3_bind_int64(_handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, double value)
    {
        database.Check(raw.sqlite3_bind_double(_handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, string? value)
    {
        database.Check(value is null ? raw.sqlite3_bind_null(_handle, parameter) : raw.sqlite3_bind_text(_handle, parameter, value));
        return this;
    }

    /// <summary>SQLite copies the bytes.</summary>
    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_handle, parameter, 0) : raw.sqlite3_bind_blob(_handle, parameter, value));
        return this;
    }

    public Statement BindNull(int parameter)
    {
        database.Check(raw.sqlite3_bind_null(_handle, parameter));
        return this;
    }

    /// <summary>The value of column <paramref name="column"/> of another statement's row, to the parameter of that place.</summary>
    public Statement BindFrom(Statement row, int column)
    {
        return raw.sqlite3_column_type(row._handle, column) switch
        {
            raw.SQLITE_NULL => BindNull(column + 1),
            raw.SQLITE_INTEGER => Bind(column + 1, row.Integer(column)),
            raw.SQLITE_FLOAT => Bind(column + 1, row.Real(column)),
            raw.SQLITE_TEXT => Bind(column + 1, row.Text(column)),
            _ => Bind(column + 1, row.Blob(column)),
        };
    }

    public int ColumnCount { get; } = raw.sqlite3_column_count(handle);

    /// <summary>The next row; false = there is none.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_handle);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        raw.sqlite3_reset(_handle);
        database.Check(code);
        return false;
    }

    /// <summary>Runs a statement that gives no rows, and makes it ready for the next time.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>Ends the statement's read transaction; parameters stay bound.</summary>
    public void Reset() => raw.sqlite3_reset(_handle);

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public long Integer(int column) => raw.sqlite3_column_int64(_handle, column);

    public int Int(int column) => (int)raw.sqlite3_column_int64(_handle, column);

    public double Real(int column) => raw.sqlite3_column_double(_handle, column);

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(_handle, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_handle, column);

    public void Dispose() => _handle.Dispose();
}
