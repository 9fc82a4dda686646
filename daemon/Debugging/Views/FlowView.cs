namespace MoeDevtools.Debugging.Views;

/// <summary>How tokens flow from layer to layer, or from the vocabulary to experts.</summary>
public static class FlowView
{
    /// <param name="a">Index of a router.</param>
    /// <param name="b">Of another, later one.</param>
    /// <param name="threshold">Share of all tokens below which a link is merged into others.</param>
    /// <exception cref="OperationCanceledException"/>
    public static Flow OfLayers(RecordedRun run, int a, int b, StepRange range, double threshold, ProgressReport? progress, CancellationToken cancelled) => run.Look(
        (reader, either) => run.Flows.Use(
            (a, b, range),
            () => new CountedPairs(run.Routers, a, b, range, firstChoices: true),
            counted =>
            {
                counted.Advance(reader, progress, either);
                var counts = counted.Pairs.Counts;
                var flow = new FlowBuilder(threshold * counts.Cast<long>().Sum());
                for (var i = 0; i < counts.GetLength(0); i++)
                    for (var j = 0; j < counts.GetLength(1); j++)
                        if (counts[i, j] > 0) flow.Add(Expert(a, i), Expert(b, j), counts[i, j]);
                return flow.Build(counted.Seen, Others(a), Others(b));
            },
            either),
        cancelled);

    /// <param name="router">Index.</param>
    /// <inheritdoc cref="OfLayers"/>
    public static Flow OfTokens(RecordedRun run, int router, StepRange range, double threshold, ProgressReport? progress, CancellationToken cancelled) => run.Look(
        (reader, either) => run.TokenFlows.Use(
            (router, range),
            () => new CountedTokens(router, range),
            counted =>
            {
                counted.Advance(reader, progress, either);
                var flow = new FlowBuilder(threshold * counted.Counts.Values.Sum());
                foreach (var ((id, e), count) in counted.Counts) flow.Add(new FlowNode(FormattableString.Invariant($"t{id}"), null, null, reader.TextOf(id) ?? FormattableString.Invariant($"{id}"), 0), Expert(router, e), count);
                return flow.Build(counted.Seen, new FlowNode("t", null, null, null, 0), Others(router));
            },
            either),
        cancelled);

    private static FlowNode Expert(int router, int expert) => new(FormattableString.Invariant($"{router}.{expert}"), router, expert, null, 0);

    private static FlowNode Others(int router) => new(FormattableString.Invariant($"{router}"), router, null, null, 0);
}
