using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Backends;

/// <summary>A router's decisions in ordinary arrays, the same for every backend that runs on the processor.</summary>
internal sealed class CpuRouted : RoutedTokens
{
    private float[] _logits = [];
    private float[] _scores = [];
    private float[] _selection = [];
    private int[] _selected = [];
    private float[] _weights = [];
    private int[] _chosen = [];
    private int[] _taken = [];
    private ExpertPlaces? _places;
    private int _experts;

    public int Tokens { get; private set; }

    public int Slots { get; private set; }

    /// <summary><c>[tokens, slots]</c>; -1 = empty.</summary>
    public ReadOnlySpan<int> Selected => _selected.AsSpan(0, Tokens * Slots);

    /// <summary><c>[tokens, slots]</c>.</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, Tokens * Slots);

    /// <param name="logits"><c>[tokens, rule.Experts]</c>; copied.</param>
    /// <param name="rule">How to decide.</param>
    /// <param name="places">Of the sequence, where the rule has a capacity; kept until the next call.</param>
    /// <param name="lookedUp">Experts of the tokens <c>[tokens, rule.K]</c>, where the rule decides by token id.</param>
    public void Route(ReadOnlySpan<float> logits, RouterRule rule, ExpertPlaces? places, ReadOnlySpan<int> lookedUp)
    {
        if (rule.ByToken) ArgumentOutOfRangeException.ThrowIfNotEqual(lookedUp.Length, logits.Length / rule.Experts * rule.K);
        if (rule.Capacity is not null) ArgumentNullException.ThrowIfNull(places);
        _places = places;
        (_experts, Slots, Tokens) = (rule.Experts, rule.K, logits.Length / rule.Experts);
        Grow(ref _logits, logits.Length);
        Grow(ref _scores, logits.Length);
        Grow(ref _selection, logits.Length);
        Grow(ref _selected, Tokens * Slots);
        Grow(ref _weights, Tokens * Slots);
        logits.CopyTo(_logits);
        lookedUp.CopyTo(_selected);
        if (places is not null) StartPlaces(places);
        for (var t = 0; t < Tokens; t++)
        {
            RouterRules.Route(
                rule,
                logits.Slice(t * _experts, _experts),
                _scores.AsSpan(t * _experts, _experts),
                _selection.AsSpan(t * _experts, _experts),
                _selected.AsSpan(t * Slots, Slots),
                _weights.AsSpan(t * Slots, Slots));
            if (places is not null) Place(rule, places, t);
        }
    }

    public void Read(RoutingBatch batch)
    {
        if (batch.Tokens != Tokens || batch.Experts != _experts || batch.Slots != Slots)
        {
            throw new InvalidOperationException(
                $"The batch is [{batch.Tokens} tokens, {batch.Experts} experts, {batch.Slots} slots], "
                + $"the decisions are [{Tokens}, {_experts}, {Slots}].");
        }
        var scores = Tokens * _experts;
        if (batch.Has(RoutingColumns.RouterLogits)) _logits.AsSpan(0, scores).CopyTo(batch.RouterLogits);
        if (batch.Has(RoutingColumns.RouterScores)) _scores.AsSpan(0, scores).CopyTo(batch.RouterScores);
        if (batch.Has(RoutingColumns.SelectionScores)) _selection.AsSpan(0, scores).CopyTo(batch.SelectionScores);
        if (batch.Has(RoutingColumns.SelectedExperts)) Selected.CopyTo(batch.SelectedExperts);
        if (batch.Has(RoutingColumns.RoutingWeights)) Weights.CopyTo(batch.RoutingWeights);
        if (_places is null) return;
        _chosen.AsSpan(0, Tokens * Slots).CopyTo(batch.Chosen);
        _taken.CopyTo(batch.Taken);
    }

    public void Impose(RoutingBatch batch)
    {
        if (batch.Tokens != Tokens)
            throw new InvalidOperationException($"The batch has {batch.Tokens} tokens, the decisions are of {Tokens}.");
        if (!batch.Has(RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights))
            throw new InvalidOperationException("The batch holds no selected experts and weights to impose.");
        foreach (var e in batch.SelectedExperts) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(e, _experts);
        Slots = batch.Slots;
        Grow(ref _selected, Tokens * Slots);
        Grow(ref _weights, Tokens * Slots);
        batch.SelectedExperts.CopyTo(_selected);
        batch.RoutingWeights.CopyTo(_weights);
        if (_places is null) return;
        _places.Truncate(_places.Length - Tokens);
        _places.Add(batch.Chosen);
    }

    private void StartPlaces(ExpertPlaces places)
    {
        Grow(ref _chosen, Tokens * Slots);
        if (_taken.Length != _experts) _taken = new int[_experts];
        places.Taken.CopyTo(_taken);
    }

    private void Place(RouterRule rule, ExpertPlaces places, int row)
    {
        var selected = _selected.AsSpan(row * Slots, Slots);
        var chosen = _chosen.AsSpan(row * Slots, Slots);
        selected.CopyTo(chosen);
        RouterRules.DropOverCapacity(rule, places.Taken, selected, _weights.AsSpan(row * Slots, Slots));
        places.Add(chosen);
    }

    public override void Dispose()
    {
    }

    private static void Grow<T>(ref T[] column, int length)
    {
        if (column.Length < length) column = new T[length];
    }
}
