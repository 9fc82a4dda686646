namespace MoeDevtools.Traces.Storage;

/// <summary>What SQLite answered in place of success; <see cref="TraceErrors"/> makes of it what a person reads.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    /// <summary>The extended result code.</summary>
    public int Code { get; } = code;

    /// <summary>The result code without its extension: SQLITE_FULL, SQLITE_CORRUPT ...</summary>
    public int Primary => Code & 0xFF;
}
