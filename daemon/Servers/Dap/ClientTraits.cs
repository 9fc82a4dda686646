using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap;

/// <summary>What the client said of itself in <c>initialize</c>: how it counts, and what it understands. Immutable.</summary>
internal sealed record ClientTraits
{
    /// <summary>First line and first column.</summary>
    public int FirstLine { get; private init; } = 1;

    public int FirstColumn { get; private init; } = 1;

    /// <summary>Of the start of a completion. VS Code counts it from 0, whatever it says of columns, and shows nothing where it is wrong.</summary>
    public int FirstCompletionColumn { get; private init; } = 1;

    public bool PathsAreUris { get; private init; }

    public bool VariableTypes { get; private init; }

    public bool VariablePaging { get; private init; }

    public bool MemoryReferences { get; private init; }

    public bool Progress { get; private init; }

    public bool Invalidated { get; private init; }

    public bool MemoryEvents { get; private init; }

    /// <summary>It starts another session when it is asked to.</summary>
    public bool StartDebugging { get; private init; }

    /// <exception cref="Messages.UserError">A trait of the wrong type.</exception>
    public static ClientTraits Of(Arguments initialize) => new()
    {
        FirstLine = initialize.Flag("linesStartAt1") == false ? 0 : 1,
        FirstColumn = initialize.Flag("columnsStartAt1") == false ? 0 : 1,
        FirstCompletionColumn = initialize.Flag("columnsStartAt1") == false || initialize.String("clientID") == "vscode" ? 0 : 1,
        PathsAreUris = initialize.String("pathFormat") == "uri",
        VariableTypes = initialize.Flag("supportsVariableType") == true,
        VariablePaging = initialize.Flag("supportsVariablePaging") == true,
        MemoryReferences = initialize.Flag("supportsMemoryReferences") == true,
        Progress = initialize.Flag("supportsProgressReporting") == true,
        Invalidated = initialize.Flag("supportsInvalidatedEvent") == true,
        MemoryEvents = initialize.Flag("supportsMemoryEvent") == true,
        StartDebugging = initialize.Flag("supportsStartDebuggingRequest") == true,
    };

    /// <summary>A line from 1 as the client counts.</summary>
    public int Line(int line) => line - 1 + FirstLine;

    /// <summary>The client's line counted from 1.</summary>
    public int FromLine(int line) => line - FirstLine + 1;

    public Source Source(string path) => new(Path.GetFileName(path), PathsAreUris ? new Uri(path).AbsoluteUri : path);

    /// <summary>The path of a source that the client sent; null where it has none.</summary>
    public string? PathOf(Arguments source)
    {
        if (source.String("path") is not { Length: > 0 } path) return null;
        return PathsAreUris && Uri.TryCreate(path, UriKind.Absolute, out var uri) && uri.IsFile ? uri.LocalPath : path;
    }
}
