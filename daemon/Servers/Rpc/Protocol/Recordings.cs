namespace MoeDevtools.Servers.Rpc.Protocol;

/// <param name="Closed">False = it is still written, or was left by a kill.</param>
internal sealed record RecordingFile(string Path, long Bytes, bool Closed)
{
    /// <summary>ISO 8601, UTC.</summary>
    public string? Created { get; init; }

    /// <summary><c>checkpoint</c>, <c>training</c>, <c>import</c> or <c>branch</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>What was recorded: a folder, a command or a file.</summary>
    public string? Source { get; init; }

    /// <summary><c>model_type</c>.</summary>
    public string? Model { get; init; }

    public long? Steps { get; init; }

    public long? Decisions { get; init; }

    /// <summary>Why it cannot be read, in the client's language.</summary>
    public string? Problem { get; init; }
}
