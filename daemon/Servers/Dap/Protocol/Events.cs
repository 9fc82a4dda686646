using System.Text.Json.Nodes;

namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record StoppedBody(string Reason, string Description, int ThreadId, bool AllThreadsStopped)
{
    public string? Text { get; init; }
    public IReadOnlyList<int>? HitBreakpointIds { get; init; }
}

internal sealed record OutputBody(string Category, string Output)
{
    public Source? Source { get; init; }
    public int? Line { get; init; }
}

internal sealed record ExitedBody(int ExitCode);

internal sealed record ProgramWantedBody(IReadOnlyDictionary<string, string> Env);

internal sealed record InvalidatedBody(IReadOnlyList<string> Areas, int ThreadId);

internal sealed record MemoryBody(string MemoryReference, int Offset, int Count);

internal sealed record ProgressStartBody(string ProgressId, string Title, int RequestId, bool Cancellable);

internal sealed record ProgressEndBody(string ProgressId);

/// <summary>Of the request that goes to the client.</summary>
internal sealed record StartDebuggingArguments(JsonObject Configuration, string Request);
