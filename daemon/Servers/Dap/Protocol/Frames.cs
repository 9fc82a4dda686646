namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record DapThread(int Id, string Name);

internal sealed record ThreadsBody(IReadOnlyList<DapThread> Threads);

internal sealed record StackFrame(int Id, string Name, Source Source, int Line, int Column)
{
    public bool? CanRestart { get; init; }
}

internal sealed record StackTraceBody(IReadOnlyList<StackFrame> StackFrames, int TotalFrames);

internal sealed record StepInTarget(int Id, string Label);

internal sealed record StepInTargetsBody(IReadOnlyList<StepInTarget> Targets);

internal sealed record GotoTarget(int Id, string Label, int Line);

internal sealed record GotoTargetsBody(IReadOnlyList<GotoTarget> Targets);

internal sealed record ContinueBody(bool AllThreadsContinued);
