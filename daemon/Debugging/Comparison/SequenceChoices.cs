using System.Runtime.InteropServices;
using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Keeps what routers choose for one sequence: experts and selection margins, in the order of its rows.</summary>
internal sealed class SequenceChoices(IReadOnlyList<RouterInfo> routers) : IRoutingSink
{
    private readonly List<int>[] _experts = [.. routers.Select(_ => new List<int>())];
    private readonly List<double>[] _margins = [.. routers.Select(_ => new List<double>())];
    private readonly List<int>[] _tokens = [.. routers.Select(_ => new List<int>())];
    private readonly int[] _slots = new int[routers.Count];

    public int Rows(int router) => _tokens[router].Count;

    public ReadOnlySpan<int> Of(int router, int row) => CollectionsMarshal.AsSpan(_experts[router]).Slice(row * _slots[router], _slots[router]);

    public int TokenId(int router, int row) => _tokens[router][row];

    /// <summary>Null = undefined.</summary>
    public double? Margin(int router, int row) => _margins[router][row] is var margin && double.IsNaN(margin) ? null : margin;

    /// <summary>Prefills <paramref name="sequence"/> and keeps what is chosen for it, in place of what was kept.</summary>
    /// <exception cref="UserError">It cannot be run.</exception>
    /// <exception cref="OperationCanceledException"/>
    public void Run(ModelSession model, SequenceInput sequence, CancellationToken cancelled)
    {
        foreach (var list in _experts) list.Clear();
        foreach (var list in _margins) list.Clear();
        foreach (var list in _tokens) list.Clear();
        model.Run(new RunRequest { Sequences = [sequence] }, this, observer: null, cancelled);
    }

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.SelectedExperts | RoutingColumns.SelectionScores;

    public void OnRouted(RoutingBatch batch)
    {
        var router = batch.Router.Index;
        _slots[router] = batch.Slots;    // nothing changes the batch, so the rule's own k
        for (var row = 0; row < batch.Tokens; row++)
        {
            _experts[router].AddRange(batch.ExpertsOf(row));
            _margins[router].Add(batch.Has(RoutingColumns.SelectionScores) ? Formulas.Margin(batch.SelectionOf(row), batch.Router.Rule.K) : double.NaN);
            _tokens[router].Add(batch.Pass.Rows.TokenId[row]);
        }
    }
}
