using MoeDevtools.Capture;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>A checkpoint over given tokens as a run that is compared: it runs while its rows are read.</summary>
/// <param name="sequences">By their number, ascending.</param>
/// <param name="done">Called after each sequence with how many have run; null = nobody asks.</param>
internal sealed class ModelRun(ModelSession model, IReadOnlyList<(int Sequence, SequenceInput Input)> sequences, Action<int>? done) : IComparedRun
{
    public string Name => model.Name;

    public string? ModelType => model.Checkpoint.Config.ModelType;

    public bool IsTraining => false;

    public IReadOnlyList<RouterInfo> Routers => model.Routers;

    public IRowCursor Rows(IReadOnlyList<int> routers, bool bySteps, CancellationToken cancelled) => new ModelRows(model, routers, sequences, done, cancelled);

    public string? TextOf(int id) => model.TextOf(id);
}
