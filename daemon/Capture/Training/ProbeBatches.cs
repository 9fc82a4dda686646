using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>Rows, batches and verdicts between their binary messages and routing.</summary>
internal static class ProbeBatches
{
    private const int MostRows = 1 << 24;

    /// <summary>Columns by their names on the wire.</summary>
    public static IReadOnlyList<(RoutingColumns Column, string Name)> Columns { get; } =
    [
        (RoutingColumns.RouterLogits, "router_logits"), (RoutingColumns.RouterScores, "router_scores"), (RoutingColumns.SelectionScores, "selection_scores"),
        (RoutingColumns.SelectedExperts, "selected_experts"), (RoutingColumns.RoutingWeights, "routing_weights"),
    ];

    /// <summary>A pass with its rows.</summary>
    /// <param name="textOf">Text of a token id.</param>
    /// <exception cref="FramingException"/>
    public static RoutingPass Pass(ProbeJson head, BinaryMessage columns, int rank, Func<int, string?> textOf)
    {
        var count = head.NeedInt("rows");
        if (count > MostRows) throw new FramingException($"a pass has {count} rows");
        var pass = Pass(head, rank);
        var rows = pass.Rows;
        rows.Reset(count);
        columns.Ints("sequence", count).CopyTo(rows.Sequence.AsSpan(0, count));
        columns.Ints("position", count).CopyTo(rows.Position.AsSpan(0, count));
        columns.Ints("token_id", count).CopyTo(rows.TokenId.AsSpan(0, count));
        var padding = columns.Bytes("padding", count);
        rows.IsPaddingKnown = columns.Has("padding");
        for (var row = 0; row < padding.Length; row++) rows.Padding[row] = padding[row] != 0;
        for (var row = 0; row < count; row++)
            if (rows.TokenId[row] >= 0) rows.Text[row] = textOf(rows.TokenId[row]);
        return pass;
    }

    /// <summary>Fills a batch with what came of it, and with scores where the router's function of the logits is known.</summary>
    /// <param name="pass">The pass that the connection is in; null = it has said none.</param>
    /// <exception cref="FramingException">Columns of other shapes than the head says, or a head that means nothing.</exception>
    public static void Fill(RoutingBatch batch, ProbedRouter router, ProbeJson head, BinaryMessage columns, RoutingPass? pass, int rank)
    {
        var (tokens, slots, experts) = (head.NeedInt("tokens"), head.NeedInt("slots"), router.Info.Experts);
        if (tokens > MostRows || slots > experts) throw new FramingException($"a batch has {tokens} rows and {slots} slots");
        if (pass is null || (pass.Step, pass.Pass) != (head.NeedLong("step"), head.NeedInt("pass")) || head.Flag("rows") == false || pass.Rows.Count != tokens)
        {
            pass = Pass(head, rank);        // which rows of the pass these are is not known
            pass.Rows.Reset(tokens);
            pass.Rows.IsPaddingKnown = false;
        }
        var present = RoutingColumns.None;
        foreach (var (column, name) in Columns)
            if (columns.Has(name)) present |= column;
        var derives = router.ScoresAreKnown && (present & (RoutingColumns.RouterLogits | RoutingColumns.RouterScores)) == RoutingColumns.RouterLogits;
        batch.Reset(router.Info, pass, slots, derives ? present | RoutingColumns.RouterScores : present);
        columns.Floats("router_logits", tokens, experts).CopyTo(batch.RouterLogits);
        columns.Floats("selection_scores", tokens, experts).CopyTo(batch.SelectionScores);
        columns.Ints("selected_experts", tokens, slots).CopyTo(batch.SelectedExperts);
        columns.Floats("routing_weights", tokens, slots).CopyTo(batch.RoutingWeights);
        if (!derives) columns.Floats("router_scores", tokens, experts).CopyTo(batch.RouterScores);
        else
            for (var row = 0; row < tokens; row++) RouterRules.Scores(router.Info.Rule, batch.LogitsOf(row), batch.ScoresOf(row));
        var derived = derives ? RoutingColumns.RouterScores : RoutingColumns.None;
        foreach (var name in head.Texts("derived"))
            foreach (var (column, known) in Columns)
                if (known == name) derived |= column;
        batch.Observed = batch.Present & ~derived;
        batch.IsHeld = head.Flag("held") == true;
    }

    /// <summary>The message by which the program takes the batch as it was changed.</summary>
    public static byte[] Verdict(long id, RoutingBatch batch) => BinaryMessage.Write(
        head =>
        {
            head.WriteString("type", "verdict");
            head.WriteNumber("id", id);
            head.WriteNumber("slots", batch.Slots);
        },
        [
            WrittenColumn.Of("selected_experts", batch.SelectedExperts, batch.Tokens, batch.Slots),
            .. batch.Present.HasFlag(RoutingColumns.RoutingWeights) ? (ReadOnlySpan<WrittenColumn>)[WrittenColumn.Of("routing_weights", batch.RoutingWeights, batch.Tokens, batch.Slots)] : [],
        ]);

    private static RoutingPass Pass(ProbeJson head, int rank) => new()
    {
        Step = head.NeedLong("step"),
        Pass = head.NeedInt("pass"),
        Rank = rank,
        Phase = head.Text("phase") switch { null or "train" => Phase.Train, "eval" => Phase.Eval, var other => throw new FramingException($"there is no phase \"{other}\"") },
    };
}
