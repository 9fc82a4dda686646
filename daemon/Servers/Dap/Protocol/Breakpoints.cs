namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record Breakpoint
{
    public int? Id { get; init; }
    public required bool Verified { get; init; }
    public string? Message { get; init; }
    public Source? Source { get; init; }
    public int? Line { get; init; }
    public string? Reason { get; init; }
}

internal sealed record BreakpointsBody(IReadOnlyList<Breakpoint> Breakpoints);

internal sealed record BreakpointLocation(int Line);

internal sealed record BreakpointLocationsBody(IReadOnlyList<BreakpointLocation> Breakpoints);

internal sealed record BreakpointEventBody(string Reason, Breakpoint Breakpoint);

internal sealed record DataBreakpointInfoBody(
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? DataId, string Description)
{
    public IReadOnlyList<string>? AccessTypes { get; init; }
    public bool? CanPersist { get; init; }
}
