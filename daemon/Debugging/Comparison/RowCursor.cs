using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Goes over the rows of a trace in rising order of step, sequence and position; padding is passed over.</summary>
internal sealed class RowCursor(TraceReader trace, IReadOnlyList<int> routers, RoutingColumns columns, bool bySteps, CancellationToken cancelled) : IDisposable
{
    private readonly IEnumerator<TracePass> _passes = TracePass.Read(trace, routers, columns, cancelled).GetEnumerator();
    private TracePass? _pass;

    /// <summary>Where the row stands; the step is 0 where it does not count.</summary>
    public (long Step, int Sequence, int Position) Place { get; private set; } = (long.MinValue, 0, 0);

    public int Row { get; private set; }

    public int TokenId => _pass!.Rows.TokenId[Row];

    public string? Text => _pass!.Rows.Text[Row];

    public Phase Phase => _pass!.Place.Phase;

    public RoutingBatch? Batch(int router) => _pass!.Batches[router];

    /// <summary>False = there are no more rows.</summary>
    /// <exception cref="UserError">Rows do not rise.</exception>
    public bool Next()
    {
        do
        {
            if (_pass is not null && ++Row < _pass.Rows.Count) continue;
            do
            {
                if (!_passes.MoveNext()) return false;
                _pass = _passes.Current;
            }
            while (_pass.Rows.Count == 0);
            Row = 0;
        }
        while (_pass.Rows.Padding[Row]);
        var place = (bySteps ? _pass.Place.Step : 0, _pass.Rows.Sequence[Row], _pass.Rows.Position[Row]);
        if (place.CompareTo(Place) <= 0)
            throw new UserError("MOE4025", $"{trace.Path}: step {_pass.Place.Step} has sequence {place.Item2}, position {place.Item3} after sequence {Place.Sequence}, position {Place.Position}: rows cannot be aligned.", $"Compare recordings in which each token of a sequence stands once, in order.");
        Place = place;
        return true;
    }

    public void Dispose() => _passes.Dispose();
}
