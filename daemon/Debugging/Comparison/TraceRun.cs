using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>A trace as a run that is compared.</summary>
internal sealed class TraceRun(TraceReader trace) : IComparedRun
{
    public string Name => trace.Path;

    public string? ModelType => trace.Info.ModelType;

    public bool IsTraining => trace.Info.Kind == TraceKind.Training;

    public IReadOnlyList<RouterInfo> Routers => trace.Routers;

    public IRowCursor Rows(IReadOnlyList<int> routers, bool bySteps, CancellationToken cancelled) => new TraceRows(trace, routers, bySteps, cancelled);

    public string? TextOf(int id) => trace.TextOf(id);
}
