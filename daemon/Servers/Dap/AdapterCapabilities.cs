using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Breakpoints;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap;

/// <summary>What this adapter says it can do. What needs a recording is said when there is one.</summary>
internal static class AdapterCapabilities
{
    public static Capabilities For(Translations translations) => new()
    {
        SupportsConfigurationDoneRequest = true,
        SupportsFunctionBreakpoints = true,
        SupportsConditionalBreakpoints = true,
        SupportsHitConditionalBreakpoints = true,
        SupportsEvaluateForHovers = true,
        ExceptionBreakpointFilters = AnomalyFilters.Known(translations),
        SupportsSetVariable = true,
        SupportsGotoTargetsRequest = true,
        SupportsStepInTargetsRequest = true,
        SupportsCompletionsRequest = true,
        CompletionTriggerCharacters = [".", "[", "("],
        SupportsModulesRequest = true,
        SupportsRestartRequest = true,
        SupportsExceptionInfoRequest = true,
        SupportTerminateDebuggee = true,
        SupportSuspendDebuggee = true,
        SupportsDelayedStackTraceLoading = true,
        SupportsLoadedSourcesRequest = true,
        SupportsLogPoints = true,
        SupportsSetExpression = true,
        SupportsTerminateRequest = true,
        SupportsDataBreakpoints = true,
        SupportsReadMemoryRequest = true,
        SupportsCancelRequest = true,
        SupportsBreakpointLocationsRequest = true,
        SupportsClipboardContext = true,
        SupportsExceptionFilterOptions = true,
        BreakpointModes =
        [
            new BreakpointMode("decision", translations.Text($"Each decision"), translations.Text($"Every row: one token at one router; of an anomaly, every row that it names."), ["source", "exception"]),
            new BreakpointMode("batch", translations.Text($"Each batch"), translations.Text($"Once a router and pass."), ["source", "exception"]),
        ],
    };
}
