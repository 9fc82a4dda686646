using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>Makes batches of passes: rows without any decision are left out, and unused layers and slots.</summary>
/// <param name="kept">Index in the file of each router.</param>
/// <param name="layers">Routers in the file.</param>
/// <param name="width">Slots in the file.</param>
/// <param name="used">Slots that are used of each router.</param>
internal sealed class ImportColumns(RouterInfo[] routers, int[] kept, int layers, int width, int[] used)
{
    private readonly RoutingPass _pass = new();
    private readonly RoutingBatch _batch = new();
    private readonly List<int> _rows = [];
    private ImportedPass _from = null!;

    /// <summary>Tokens of the pass without a decision.</summary>
    public long Missing { get; private set; }

    public void Take(ImportedPass from)
    {
        _from = from;
        _rows.Clear();
        Missing = 0;
        for (var row = 0; row < from.Rows; row++)
        {
            if (!from.Padding[row] && ImportScan.IsMissing(from, row, layers * width)) Missing++;
            else _rows.Add(row);
        }
        Fill();
    }

    /// <summary>The batch of a router; lent until the next call. Null = it saw no row.</summary>
    public RoutingBatch? Batch(int router)
    {
        if (_rows.Count == 0 || _from.Recorded?[kept[router]] == false) return null;
        var slots = used[router];
        var present = RoutingColumns.SelectedExperts | (_from.Weights is null ? 0 : RoutingColumns.RoutingWeights) | (_from.Logits is null ? 0 : RoutingColumns.RouterLogits)
            | (_from.Scores is null ? 0 : RoutingColumns.RouterScores) | (_from.SelectionScores is null ? 0 : RoutingColumns.SelectionScores);
        _batch.Reset(routers[router], _pass, slots, present);
        _batch.Observed = present;    // whether the model computed them or a tool derived them is not known, and nothing was derived here
        for (var i = 0; i < _rows.Count; i++)
        {
            var at = _rows[i] * layers + kept[router];
            var ids = _from.Ids.AsSpan(at * width, slots);
            var experts = _batch.ExpertsOf(i);
            for (var j = 0; j < slots; j++) experts[j] = (int)ids[j];
            _from.Weights?.AsSpan(at * width, slots).CopyTo(_batch.WeightsOf(i));
            Copy(_from.Logits, at, _batch.RouterLogits, i, router);
            Copy(_from.Scores, at, _batch.RouterScores, i, router);
            Copy(_from.SelectionScores, at, _batch.SelectionScores, i, router);
        }
        return _batch;
    }

    private void Copy(float[]? from, int at, Span<float> into, int row, int router)
    {
        if (from is null) return;
        var experts = routers[router].Experts;
        from.AsSpan(at * _from.ScoreWidth, experts).CopyTo(into[(row * experts)..]);
    }

    private void Fill()
    {
        (_pass.Step, _pass.Pass, _pass.Phase, _pass.Rank) = (_from.Step, _from.Pass, _from.Phase, _from.Rank);
        var into = _pass.Rows;
        into.Reset(_rows.Count);
        for (var i = 0; i < _rows.Count; i++)
        {
            var row = _rows[i];
            (into.Sequence[i], into.Position[i], into.TokenId[i]) = (_from.Sequence[row], _from.Position[row], _from.TokenId[row]);
            (into.Text[i], into.Padding[i]) = (_from.Text[row], _from.Padding[row]);
        }
    }
}
