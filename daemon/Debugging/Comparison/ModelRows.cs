using MoeDevtools.Capture;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Rows of a checkpoint: each sequence is prefilled when its first row is asked for, and no more than one is kept.</summary>
internal sealed class ModelRows(
    ModelSession model, IReadOnlyList<int> routers, IReadOnlyList<(int Sequence, SequenceInput Input)> sequences, Action<int>? done, CancellationToken cancelled) : IRowCursor
{
    private readonly SequenceChoices _choices = new(model.Routers);
    private int _at = -1;      // in sequences
    private int _row;

    public (long Step, int Sequence, int Position) Place => (0, sequences[_at].Sequence, _row);

    public RowPlace? At => null;

    public int TokenId => _choices.TokenId(routers[0], _row);

    public string? Text => model.TextOf(TokenId);

    public Phase Phase => Phase.Prefill;

    public bool TryExperts(int router, out ReadOnlySpan<int> experts)
    {
        experts = _choices.Of(routers[router], _row);
        return true;
    }

    public double? Margin(int router) => _choices.Margin(routers[router], _row);

    public bool Next()
    {
        if (_at >= 0 && ++_row < _choices.Rows(routers[0])) return true;
        if (_at >= 0) done?.Invoke(_at + 1);
        if (++_at == sequences.Count) return false;
        _row = 0;
        _choices.Run(model, sequences[_at].Input, cancelled);
        return true;
    }

    public void Dispose()
    {
    }
}
