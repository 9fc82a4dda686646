using MoeDevtools.Messages;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Routing.Interventions;

/// <summary>
/// Makes a decision again under interventions: a change replaces one stage of the rule and the rest runs again by the same functions.
/// Keeps its scratch between calls; not thread safe (one a compute thread).
/// </summary>
public sealed class Rerouter
{
    private float[] _logits = [];
    private float[] _scores = [];
    private float[] _selection = [];
    private float[] _penalty = [];
    private int[] _selected = [];
    private int[] _chosen = [];
    private int[] _taken = [];
    private float[] _weights = [];

    /// <summary>
    /// Decides <paramref name="row"/> of <paramref name="batch"/> again from the model's own logits under <paramref name="changes"/>, and writes every column that is
    /// present. The batch must hold logits, selected experts and weights; it grows slots where the changes need them.
    /// </summary>
    /// <exception cref="UserError">A change cannot be made here: a number of weights that is not the number of chosen experts.</exception>
    public void Apply(RoutingBatch batch, int row, IReadOnlyList<Intervention> changes)
    {
        batch.BeginChange();
        var (rule, n) = (batch.Router.Rule, batch.Experts);
        Reserve(n);
        var logits = _logits.AsSpan(0, n);
        var scores = _scores.AsSpan(0, n);
        var selection = _selection.AsSpan(0, n);
        var penalty = _penalty.AsSpan(0, n);
        batch.Before!.LogitsOf(row).CopyTo(logits);
        penalty.Clear();

        var k = rule.K;
        Intervention? choice = null;
        foreach (var change in changes)
        {
            switch (change.Kind)
            {
                case InterventionKind.AddToLogits: foreach (var (e, x) in change.Values) logits[e] += x; break;
                case InterventionKind.SetLogits: foreach (var (e, x) in change.Values) logits[e] = x; break;
                case InterventionKind.SelectionBias: foreach (var (e, x) in change.Values) penalty[e] += x; break;
                case InterventionKind.K: k = change.K; break;
                case InterventionKind.Mask or InterventionKind.MaskRenormalised:
                    foreach (var e in change.Experts) penalty[e] = float.NegativeInfinity;
                    break;
                case InterventionKind.Force or InterventionKind.Policy: choice = change; break;
                default: break; // the changes of weights come after the choice
            }
        }
        foreach (var change in changes)                           // after every change of logits, so that none brings a masked expert back
            if (change.Kind == InterventionKind.MaskRenormalised)
                foreach (var e in change.Experts) logits[e] = float.NegativeInfinity;

        RouterRules.Scores(rule, logits, scores);
        RouterRules.Selection(rule, logits, scores, penalty, selection);
        if (rule.ByToken) KeepLookedUp(batch.Before.ExpertsOf(row), selection);
        var slots = Choose(rule, choice, k, scores, selection);
        var selected = _selected.AsSpan(0, slots);
        var weights = _weights.AsSpan(0, slots);
        selected.CopyTo(_chosen);
        RouterRules.Weights(rule, logits, scores, selected, weights);
        RouterRules.SortByWeight(rule, selected, weights);               // the order in which a person lists weights
        foreach (var change in changes) ChangeWeights(change, selected, weights);
        if (rule.Capacity is not null) DropOverCapacity(batch, row, selected, weights);
        OrderAsChosen(_chosen.AsSpan(0, slots), selected, weights);
        RouterRules.SortByWeight(rule, selected, weights);               // equal weights stay in the order of the choice

        batch.GrowSlots(slots);
        logits.CopyTo(batch.LogitsOf(row));
        if (batch.Has(RoutingColumns.RouterScores)) scores.CopyTo(batch.ScoresOf(row));
        if (batch.Has(RoutingColumns.SelectionScores)) selection.CopyTo(batch.SelectionOf(row));
        selected.CopyTo(batch.ExpertsOf(row));
        weights.CopyTo(batch.WeightsOf(row));
        batch.ExpertsOf(row)[slots..].Fill(-1);
        batch.WeightsOf(row)[slots..].Clear();
    }

    private int Choose(RouterRule rule, Intervention? choice, int k, ReadOnlySpan<float> scores, ReadOnlySpan<float> selection)
    {
        if (choice?.Kind == InterventionKind.Force)
        {
            for (var j = 0; j < choice.Experts.Count; j++) _selected[j] = choice.Experts[j];
            return choice.Experts.Count;
        }
        if (choice is not null) return choice.Policy!.Choose(rule, scores, selection, _selected.AsSpan(0, choice.Policy.MaxSlots(rule)));
        RouterRules.TopK(selection, _selected.AsSpan(0, k));
        return k;
    }

    /// <summary>Where experts are looked up, no other can be chosen: what a change takes out leaves its slot empty. Policies choose among what was looked up.</summary>
    private static void KeepLookedUp(ReadOnlySpan<int> lookedUp, Span<float> selection)
    {
        for (var e = 0; e < selection.Length; e++)
            if (!lookedUp.Contains(e)) selection[e] = float.NegativeInfinity;
    }

    private static void ChangeWeights(Intervention change, Span<int> selected, Span<float> weights)
    {
        switch (change.Kind)
        {
            case InterventionKind.Remove or InterventionKind.RemoveRenormalised:
                double whole = 0, kept = 0;
                for (var j = 0; j < selected.Length; j++)
                {
                    whole += weights[j];
                    if (selected[j] >= 0 && change.Experts.Contains(selected[j])) (selected[j], weights[j]) = (-1, 0);
                    kept += weights[j];
                }
                if (change.Kind == InterventionKind.RemoveRenormalised && kept > 0)
                    foreach (ref var w in weights) w = (float)(w * (whole / kept));
                break;
            case InterventionKind.Weights:
                var filled = selected.Length - selected.Count(-1);
                if (change.Weights.Count != filled)
                    throw new UserError("MOE3120", $"the decision has {filled} experts, the change gives {change.Weights.Count} weights.", $"Give one weight an expert, in the order of the decision.");
                for (int j = 0, i = 0; j < selected.Length; j++)
                    if (selected[j] >= 0) weights[j] = change.Weights[i++];
                break;
            case InterventionKind.ScaleWeights:
                foreach (ref var w in weights) w *= change.Factor;
                break;
            default: break; // changed the choice already
        }
    }

    /// <summary>
    /// A changed row keeps to the capacity too. Rows after it that nobody changed stay as the model decided them, although the changed one may have left or taken a place.
    /// </summary>
    private void DropOverCapacity(RoutingBatch batch, int row, Span<int> selected, Span<float> weights)
    {
        var k = batch.Router.Rule.K;
        var chosen = batch.Chosen.Slice(row * k, k);
        chosen.Fill(-1);
        selected[..Math.Min(k, selected.Length)].CopyTo(chosen);
        var taken = _taken.AsSpan(0, batch.Experts);
        batch.Taken.CopyTo(taken);
        foreach (var e in batch.Chosen[..(row * k)])
            if (e >= 0) taken[e]++;
        RouterRules.DropOverCapacity(batch.Router.Rule, taken, selected, weights);
    }

    private static void OrderAsChosen(ReadOnlySpan<int> chosen, Span<int> selected, Span<float> weights)
    {
        var next = 0;
        foreach (var e in chosen)
        {
            var at = e < 0 ? -1 : selected.IndexOf(e);
            if (at < 0) continue;                                  // removed
            (selected[next], selected[at]) = (selected[at], selected[next]);
            (weights[next], weights[at]) = (weights[at], weights[next]);
            next++;
        }
    }

    private void Reserve(int experts)
    {
        if (_logits.Length >= experts) return;
        (_logits, _scores, _selection, _penalty) = (new float[experts], new float[experts], new float[experts], new float[experts]);
        (_selected, _chosen, _taken, _weights) = (new int[experts], new int[experts], new int[experts], new float[experts]);
    }
}
