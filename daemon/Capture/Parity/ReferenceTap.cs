using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Capture.Parity;

/// <summary>Compares one forward pass, as it happens, with the tensors of a <c>golden.safetensors</c>.</summary>
/// <param name="logits">Tokens times vocabulary.</param>
/// <param name="recurs">The model has recurrences: they carry rounding from token to token, and it grows with what they carry.</param>
internal sealed class ReferenceTap(SafetensorsFile golden, ITensorBackend backend, long logits, bool recurs) : IRoutingSink, IForwardObserver
{
    private readonly HashSet<string> _routers = new(StringComparer.Ordinal);
    private readonly float[] _logits = Sized(golden.Get("logits"), logits).ToFloats();

    public Difference Hidden { get; } = new(relative: recurs);

    public Difference Logits { get; } = new();

    public Difference RouterLogits { get; } = new();

    public Difference Scores { get; } = new();

    public Difference Weights { get; } = new();

    public long Decisions { get; private set; }

    public long DecisionsDiffer { get; private set; }

    /// <summary>Where the first decision differs; null when none does.</summary>
    public string? FirstDecision { get; private set; }

    /// <summary>Routers that the reference has and the model did not report, or the other way round.</summary>
    public IEnumerable<string> UnmatchedRouters => golden.Tensors
        .Select(t => t.Name.IndexOf("/router_logits", StringComparison.Ordinal) is var at and > 0 ? t.Name[..at] : null)
        .OfType<string>().Except(_routers).Concat(_routers.Where(r => !golden.TryGet(r + "/router_logits", out _)));

    public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.All;

    public void OnRouted(RoutingBatch batch)
    {
        var name = batch.Router.Name;
        _routers.Add(name);
        if (!golden.TryGet(name + "/router_logits", out _)) return;
        string Where(string column, int i, int width) => string.Create(CultureInfo.InvariantCulture, $"{name} {column}, token {i / width}, {(width == batch.Experts ? "expert" : "slot")} {i % width}");
        RouterLogits.Add(batch.RouterLogits, Floats(name + "/router_logits", batch.RouterLogits.Length), i => Where("router_logits", i, batch.Experts));
        Scores.Add(batch.RouterScores, Floats(name + "/router_scores", batch.RouterScores.Length), i => Where("router_scores", i, batch.Experts));
        // Where logits are ranked, selection scores have the size of logits.
        var selection = batch.Router.Rule.Ranks == RankedValues.Logits ? RouterLogits : Scores;
        if (batch.Has(RoutingColumns.SelectionScores)) selection.Add(batch.SelectionScores, Floats(name + "/selection_scores", batch.SelectionScores.Length), i => Where("selection_scores", i, batch.Experts));
        Weights.Add(batch.RoutingWeights, Floats(name + "/routing_weights", batch.RoutingWeights.Length), i => Where("routing_weights", i, batch.Slots));
        CompareDecisions(batch, Sized(golden.Get(name + "/selected_experts"), batch.Tokens * (long)batch.Slots).ToInts());
    }

    public void OnHidden(string stack, int index, Activation hidden)
    {
        // A reference with one stack does not name it.
        var name = string.Create(CultureInfo.InvariantCulture, $"hidden_states.{index}");
        if (!golden.TryGet($"{stack}.{name}", out var reference) && !golden.TryGet(name, out reference)) return;
        var ours = new float[hidden.Rows * hidden.Columns];
        backend.Read(hidden, 0, ours);
        Hidden.Add(ours, Sized(reference, ours.Length).ToFloats(), i => string.Create(CultureInfo.InvariantCulture, $"{reference.Name}, token {i / hidden.Columns}"));
    }

    public void OnLogits(int firstRow, Activation logits)
    {
        var ours = new float[logits.Rows * logits.Columns];
        backend.Read(logits, 0, ours);
        Logits.Add(ours, _logits.AsSpan(firstRow * logits.Columns, ours.Length),
            i => string.Create(CultureInfo.InvariantCulture, $"logits, token {firstRow + i / logits.Columns}, id {i % logits.Columns}"));
    }

    private static StoredTensor Sized(StoredTensor tensor, long count) => tensor.ElementCount == count ? tensor
        : throw new UserError("MOE5102", $"{tensor.File}: {tensor.Name} holds {tensor.ElementCount} values, the model makes {count}.", $"Make the reference with this checkpoint and these input_ids; docs/parity.md has the shapes.");

    private float[] Floats(string name, int count) => Sized(golden.Get(name), count).ToFloats();

    private void CompareDecisions(RoutingBatch batch, int[] reference)
    {
        for (var row = 0; row < batch.Tokens; row++)
        {
            Decisions++;
            var expected = reference.AsSpan(row * batch.Slots, batch.Slots);
            if (batch.ExpertsOf(row).SequenceEqual(expected)) continue;
            DecisionsDiffer++;
            FirstDecision ??= string.Create(CultureInfo.InvariantCulture,
                $"{batch.Router.Name}, token {row}: experts {string.Join(' ', batch.ExpertsOf(row).ToArray())}, reference {string.Join(' ', expected.ToArray())}");
        }
    }
}
