namespace MoeDevtools.Servers.Dap;

/// <summary>Something that a request started and that takes a while; other requests wait for its end, and the client may cancel it.</summary>
/// <param name="progressId">Null = the client shows no progress.</param>
internal sealed class Work(Request request, string? progressId)
{
    public Request Request => request;

    public string? ProgressId => progressId;

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Null = it can be abandoned at once; else it ends soon after it was cancelled, and must be waited for.</summary>
    public Task? Running { get; set; }
}
