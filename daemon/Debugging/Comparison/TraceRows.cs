using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Rows of a trace; padding is passed over.</summary>
internal sealed class TraceRows(TraceReader trace, IReadOnlyList<int> routers, bool bySteps, CancellationToken cancelled) : IRowCursor
{
    private const RoutingColumns Columns = RoutingColumns.SelectedExperts | RoutingColumns.SelectionScores;

    private readonly IEnumerator<TracePass> _passes = TracePass.Read(trace, routers, Columns, cancelled).GetEnumerator();
    private TracePass? _pass;
    private int _row;

    public (long Step, int Sequence, int Position) Place { get; private set; } = (long.MinValue, 0, 0);

    public RowPlace? At => _pass is { Key: var key } ? new RowPlace(key.Step, key.Pass, key.Rank, _row) : null;

    public int TokenId => _pass!.Rows.TokenId[_row];

    public string? Text => _pass!.Rows.Text[_row];

    public Phase Phase => _pass!.Place.Phase;

    public bool TryExperts(int router, out ReadOnlySpan<int> experts)
    {
        var isKnown = _pass!.Batches[router] is { } batch && batch.Has(RoutingColumns.SelectedExperts);
        experts = isKnown ? _pass.Batches[router]!.ExpertsOf(_row) : default;
        return isKnown;
    }

    public double? Margin(int router) =>
        _pass!.Batches[router] is { } batch && batch.Has(RoutingColumns.SelectionScores) && Formulas.Margin(batch.SelectionOf(_row), batch.Router.Rule.K) is var margin && !double.IsNaN(margin) ? margin : null;

    public bool Next()
    {
        do
        {
            if (_pass is not null && ++_row < _pass.Rows.Count) continue;
            do
            {
                if (!_passes.MoveNext()) return false;
                _pass = _passes.Current;
            }
            while (_pass.Rows.Count == 0);
            _row = 0;
        }
        while (_pass.Rows.Padding[_row]);
        var place = (bySteps ? _pass.Place.Step : 0, _pass.Rows.Sequence[_row], _pass.Rows.Position[_row]);
        if (place.CompareTo(Place) <= 0)
            throw new UserError("MOE4025", $"{trace.Path}: step {_pass.Place.Step} has sequence {place.Item2}, position {place.Item3} after sequence {Place.Sequence}, position {Place.Position}: rows cannot be aligned.", $"Compare recordings in which each token of a sequence stands once, in order.");
        Place = place;
        return true;
    }

    public void Dispose() => _passes.Dispose();
}
