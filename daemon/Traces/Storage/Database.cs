using System.Diagnostics.CodeAnalysis;
using SQLitePCL;

namespace MoeDevtools.Traces.Storage;

/// <summary>A connection to a SQLite file. One thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _handle;

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => _handle = handle;

    /// <summary>A file to write; made when it is not there.</summary>
    public static Database OpenToWrite(string path) => Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>A file to read, also while another connection writes it.</summary>
    public static Database OpenToRead(string path) => Open(path, raw.SQLITE_OPEN_READONLY);

    /// <summary>A file that nobody writes, on a medium where nothing can be written: neither locks nor a log are looked for.</summary>
    public static Database OpenImmutable(string path) =>
        Open(UriOf(path) + "?immutable=1", raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI);

    /// <summary><c>file:</c> and the path, with what a URI gives a meaning to written as %XX.</summary>
    private static string UriOf(string path) =>
        "file:" + string.Join('/', Path.GetFullPath(path).Replace('\\', '/').Split('/').Select(Uri.EscapeDataString)).Replace("%3A", ":", StringComparison.Ordinal);

    private static Database Open(string name, int flags)
    {
        var code = raw.sqlite3_open_v2(name, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code == raw.SQLITE_OK)
        {
            raw.sqlite3_extended_result_codes(handle, 1);
            raw.sqlite3_busy_timeout(handle, 5000);
            return new Database(handle);
        }
        var message = handle is null ? "out of memory" : raw.sqlite3_errmsg(handle).utf8_to_string();
        handle?.Dispose();
        throw new SqliteFailure(code, message);
    }

    public Statement Prepare([StringSyntax("sql")] string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        return new Statement(this, statement);
    }

    /// <summary>Runs statements that give no rows, or whose rows do not matter.</summary>
    public void Execute([StringSyntax("sql")] string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>The first column of the first row; null = no row, or NULL.</summary>
    public long? Number([StringSyntax("sql")] string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() && !statement.IsNull(0) ? statement.Integer(0) : null;
    }

    /// <inheritdoc cref="Number"/>
    public string? Text([StringSyntax("sql")] string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Text(0) : null;
    }

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    public long LastId => raw.sqlite3_last_insert_rowid(_handle);

    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    internal void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        throw new SqliteFailure(raw.sqlite3_extended_errcode(_handle), raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    public void Dispose() => _handle.Dispose();
}
