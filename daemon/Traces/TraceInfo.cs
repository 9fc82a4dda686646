namespace MoeDevtools.Traces;

/// <summary>What a trace says of the run that it recorded. Immutable; what is unknown is null.</summary>
public sealed record TraceInfo
{
    /// <summary>Program and version that wrote the file.</summary>
    public required string Writer { get; init; }

    /// <summary>What was recorded.</summary>
    public required TraceKind Kind { get; init; }

    /// <summary>When the recording began, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Folder of the checkpoint, command of the training program, or file that was imported.</summary>
    public string? Source { get; init; }

    /// <summary><c>model_type</c> of the checkpoint.</summary>
    public string? ModelType { get; init; }

    /// <summary>Hash of <see cref="Listing"/>: of family, modules, sizes and routers, not of weights.</summary>
    public string? Architecture { get; init; }

    /// <summary>The model listing, in which breakpoints of the checkpoint and of this recording are set: a heading, and a line a module.</summary>
    public string? Listing { get; init; }

    /// <summary>Hash of tokenizer.json: token ids of traces with the same one mean the same.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>How the run was asked for (prompt options, sampling, seed), as JSON that whoever wrote it can read again.</summary>
    public string? Request { get; init; }

    /// <summary>What an importer assumed, in sentences.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];
}
