using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Traces;

namespace MoeDevtools.Capture;

/// <summary>
/// The decisions of a recording, by router, sequence and position, to be imposed on a model that runs the same tokens. Compute thread.
/// </summary>
public sealed class RecordedRouting : IRoutingSink, IDisposable
{
    private readonly TraceReader _reader;
    private readonly bool _recordedWeights;
    private readonly RecordedRouting? _earlier;
    private readonly int[] _routers;                                        // index in the recording; -1 = it is not there
    private readonly Dictionary<(string Stack, int Sequence), List<Span>> _spans = [];    // ascending by position
    private readonly RoutingPass _pass = new();
    private readonly RoutingBatch _batch = new();
    private readonly Rerouter _rerouter = new();
    private readonly List<Intervention> _changes = [];
    private BatchKey? _loaded;

    /// <param name="reader">Disposed with this.</param>
    /// <param name="routers">Those of the model that will run.</param>
    /// <param name="recordedWeights">Weights are those of the recording; else the model's own scores give them by its rule.</param>
    /// <param name="earlier">Decides batches of which the recording has no row: what a branch began from. Disposed with this. Null = the model does.</param>
    /// <exception cref="UserError">The recording has none of these routers, or experts that they have not.</exception>
    public RecordedRouting(TraceReader reader, IReadOnlyList<RouterInfo> routers, bool recordedWeights, RecordedRouting? earlier = null)
    {
        (_reader, _recordedWeights, _earlier) = (reader, recordedWeights, earlier);
        var known = reader.Routers.ToDictionary(r => r.Id, r => r.Index);
        _routers = [.. routers.Select(r => known.GetValueOrDefault(r.Id, -1))];
        if (_routers.All(r => r < 0))
            throw new UserError("MOE5020", $"{reader.Path} has none of the model's routers ({routers[0].Name} and so on).", $"Use a recording of a model with the same layers; trace info lists its routers.");
        foreach (var router in routers.Where(r => _routers[r.Index] >= 0))
            if (reader.Routers[_routers[router.Index]].Experts > router.Experts)
                throw new UserError("MOE5021", $"{router.Name} has {router.Experts} experts, in {reader.Path} it has {reader.Routers[_routers[router.Index]].Experts}.", $"Use a recording of a model with as many experts.");
        var columns = reader.Extent().Columns;
        if (!columns.HasFlag(RoutingColumns.SelectedExperts) || recordedWeights && !columns.HasFlag(RoutingColumns.RoutingWeights))
            throw new UserError("MOE5022", $"{reader.Path} does not have the {(columns.HasFlag(RoutingColumns.SelectedExperts) ? "routing_weights" : "selected_experts")} that are to be imposed.", $"Record them too, or take the weights from the live scores.");
        Index();
    }

    /// <summary>Rows that were decided as recorded.</summary>
    public long Rows { get; private set; }

    /// <summary>Those of them where the model would have chosen other experts.</summary>
    public long Mismatches { get; private set; }

    /// <summary>Rows that the recording does not have, or has with another token: decided by the model.</summary>
    public long Missing { get; private set; }

    /// <inheritdoc/>
    public RoutingColumns Wanted(RouterInfo router) =>
        Has(router) ? RoutingColumns.RouterLogits | RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights : RoutingColumns.None;

    public bool Has(RouterInfo router) => router.Index < _routers.Length && _routers[router.Index] >= 0;

    /// <summary>Imposes the recording on every row.</summary>
    public void OnRouted(RoutingBatch batch)
    {
        for (var row = 0; row < batch.Tokens; row++)
        {
            _changes.Clear();
            if (AddTo(_changes, batch, row)) _rerouter.Apply(batch, row, _changes);
        }
        if (batch.IsReplayed) Count(batch);
        else _earlier?.OnRouted(batch);
    }

    /// <summary>Adds the changes that make a row what was recorded; false = it is not recorded.</summary>
    public bool AddTo(List<Intervention> changes, RoutingBatch batch, int row)
    {
        if (!Find(batch, row, out var at)) return false;
        var experts = _batch.ExpertsOf(at).ToArray();
        changes.Add(new Intervention { Kind = InterventionKind.Force, Experts = experts });
        if (_recordedWeights)
        {
            var weights = _batch.WeightsOf(at).ToArray();
            changes.Add(new Intervention { Kind = InterventionKind.Weights, Weights = [.. weights.Where((_, j) => experts[j] >= 0)] });
        }
        batch.IsReplayed = true;
        return true;
    }

    /// <summary>Counts a batch, once, after it was imposed on.</summary>
    public void Count(RoutingBatch batch)
    {
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            if (!Find(batch, row, out var at)) Missing++;
            else
            {
                Rows++;
                if (!ExpertSets.Equal((batch.Before ?? batch).ExpertsOf(row), _batch.ExpertsOf(at))) Mismatches++;
            }
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _earlier?.Dispose();
    }

    private bool Find(RoutingBatch batch, int row, out int at)
    {
        at = -1;
        var rows = batch.Pass.Rows;
        if (!Has(batch.Router) || !_spans.TryGetValue((batch.Router.Id.Stack, rows.Sequence[row]), out var spans)) return false;
        var (index, holds) = Find(spans, rows.Position[row]);
        if (!holds) return false;
        var span = spans[index];
        var key = span.Pass with { Router = _routers[batch.Router.Index] };
        if (_loaded != key && !_reader.Read(key, _pass, _batch, RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights)) return false;
        _loaded = key;
        at = span.Row + rows.Position[row] - span.Position;
        var (mine, theirs) = (rows.TokenId[row], _pass.Rows.TokenId[at]);
        return mine == theirs || mine < 0 || theirs < 0;
    }

    /// <summary>Runs of neighbouring positions; what a later pass repeats (a recomputation) is left out.</summary>
    private void Index()
    {
        for (var key = _reader.First(); key is { } at; key = _reader.Next(at with { Router = int.MaxValue }))
        {
            if (!_reader.Read(at, _pass, _batch, RoutingColumns.None)) continue;
            var rows = _pass.Rows;
            var stack = _reader.Routers[at.Router].Id.Stack;
            for (var row = 0; row < rows.Count;)
            {
                var end = row + 1;
                while (end < rows.Count && rows.Sequence[end] == rows.Sequence[row] && rows.Position[end] == rows.Position[end - 1] + 1) end++;
                var spans = _spans.TryGetValue((stack, rows.Sequence[row]), out var list) ? list : _spans[(stack, rows.Sequence[row])] = [];
                var (index, holds) = Find(spans, rows.Position[row]);
                if (!holds) spans.Insert(index + 1, new Span(rows.Position[row], end - row, at, row));
                row = end;
            }
        }
    }

    /// <summary>The last span that begins at or before a position, -1 = none does, and whether it holds the position.</summary>
    private static (int Index, bool Holds) Find(List<Span> spans, int position)
    {
        var (index, end) = (-1, spans.Count);
        while (end - index > 1)
        {
            var middle = index + (end - index) / 2;
            if (spans[middle].Position <= position) index = middle;
            else end = middle;
        }
        return (index, index >= 0 && position < spans[index].Position + spans[index].Count);
    }

    private sealed record Span(int Position, int Count, BatchKey Pass, int Row);
}
