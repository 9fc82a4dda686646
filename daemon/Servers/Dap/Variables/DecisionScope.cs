using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>The decision in focus: how sure, which experts, from which numbers, for which token.</summary>
internal static class DecisionScope
{
    private static readonly string[] Measures = ["entropy", "selectionMargin", "top1Margin", "topWeight"];
    private static readonly string[] Columns = ["router_logits", "router_scores", "selection_scores", "selected_experts", "routing_weights"];
    private static readonly string[] Token = ["position", "token_id", "row", "sequence", "label", "dropped"];

    public static VariableNode Of(Look look) => new("decision", Measures.Length + Columns.Length + Token.Length + 4, () =>
    [
        .. Measures.Select(word => look.Word(word, "decision")),
        look.Word("k", "decision", settable: true),
        Experts("experts", "decision/experts", look, look.Row, settable: true),
        .. Columns.Select(word => look.Word(word, "decision", settable: word is "selected_experts" or "routing_weights")),
        new VariableItem("token", Shown.Token(look.Batch.Pass.Rows, look.Row)) { Expression = "token" },
        .. Token.Select(word => look.Word(word, "decision")),
        new VariableItem("changed", look.Batch.IsChanged(look.Row) ? "true" : "false") { Type = "truth" },
    ]);

    /// <summary>The experts that a row chose, by their names: their order may change with a weight, their names do not.</summary>
    public static VariableItem Experts(string name, string key, Look look, int row, bool settable) => new(name, Shown.Experts(look.Batch, row))
    {
        Type = "experts",
        Children = look.Batch.Has(RoutingColumns.SelectedExperts) ? new VariableNode(key, look.Batch.ExpertsOf(row).ToArray().Count(e => e >= 0), () => Chosen(look, row, settable)) : null,
    };

    private static List<VariableItem> Chosen(Look look, int row, bool settable)
    {
        var batch = look.Batch;
        var loads = look.Session.TotalsOf(look.Stop.Router);
        var items = new List<VariableItem>();
        for (var j = 0; j < batch.Slots; j++)
        {
            var e = batch.ExpertsOf(row)[j];
            if (e < 0) continue;
            var weight = batch.Has(RoutingColumns.RoutingWeights) ? Shown.Real(batch.WeightsOf(row)[j]) : "not captured";
            var score = batch.Has(RoutingColumns.RouterScores) ? $" · score {Shown.Real(batch.ScoresOf(row)[e])}" : "";
            items.Add(new VariableItem($"E{e}", $"{weight}{score} · load {Shown.Load(loads.Load(e))}")
            {
                Type = "expert",
                Expression = row == look.Row ? $"weightOf({e})" : null,
                Settable = settable && !look.Stop.IsPast,
                Watch = $"expert/{e}/weight",
            });
        }
        return items;
    }
}
