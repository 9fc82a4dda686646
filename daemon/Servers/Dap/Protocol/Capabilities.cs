namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record Capabilities
{
    public bool? SupportsConfigurationDoneRequest { get; init; }
    public bool? SupportsFunctionBreakpoints { get; init; }
    public bool? SupportsConditionalBreakpoints { get; init; }
    public bool? SupportsHitConditionalBreakpoints { get; init; }
    public bool? SupportsEvaluateForHovers { get; init; }
    public IReadOnlyList<ExceptionBreakpointsFilter>? ExceptionBreakpointFilters { get; init; }
    public bool? SupportsStepBack { get; init; }
    public bool? SupportsSetVariable { get; init; }
    public bool? SupportsRestartFrame { get; init; }
    public bool? SupportsGotoTargetsRequest { get; init; }
    public bool? SupportsStepInTargetsRequest { get; init; }
    public bool? SupportsCompletionsRequest { get; init; }
    public IReadOnlyList<string>? CompletionTriggerCharacters { get; init; }
    public bool? SupportsModulesRequest { get; init; }
    public bool? SupportsRestartRequest { get; init; }
    public bool? SupportsExceptionInfoRequest { get; init; }
    public bool? SupportTerminateDebuggee { get; init; }
    public bool? SupportSuspendDebuggee { get; init; }
    public bool? SupportsDelayedStackTraceLoading { get; init; }
    public bool? SupportsLoadedSourcesRequest { get; init; }
    public bool? SupportsLogPoints { get; init; }
    public bool? SupportsSetExpression { get; init; }
    public bool? SupportsTerminateRequest { get; init; }
    public bool? SupportsDataBreakpoints { get; init; }
    public bool? SupportsReadMemoryRequest { get; init; }
    public bool? SupportsCancelRequest { get; init; }
    public bool? SupportsBreakpointLocationsRequest { get; init; }
    public bool? SupportsClipboardContext { get; init; }
    public bool? SupportsExceptionFilterOptions { get; init; }
    public IReadOnlyList<BreakpointMode>? BreakpointModes { get; init; }
}

internal sealed record ExceptionBreakpointsFilter(string Filter, string Label)
{
    public string? Description { get; init; }
    public bool? Default { get; init; }
    public bool? SupportsCondition { get; init; }
    public string? ConditionDescription { get; init; }
}

internal sealed record BreakpointMode(string Mode, string Label, string Description, IReadOnlyList<string> AppliesTo);

internal sealed record CapabilitiesBody(Capabilities Capabilities);
