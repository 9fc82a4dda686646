using MoeDevtools.Debugging;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>The decision in focus: how sure, which experts, from which numbers, for which token.</summary>
internal static class DecisionScope
{
    private static readonly string[] Measures = ["entropy", "selectionMargin", "top1Margin", "topWeight"];
    private static readonly string[] Columns = ["router_logits", "router_scores", "selection_scores", "selected_experts", "routing_weights"];
    private static readonly string[] Token = ["position", "token_id", "row", "sequence", "label", "dropped"];

    public static VariableNode Of(Look look) => new("decision", () =>
    [
        .. look.Words(Measures, "decision"),
        () => look.Word("k", "decision", settable: true),
        () => Experts("experts", "decision/experts", look, look.Row, settable: true),
        .. Columns.Select<string, Func<VariableItem>>(word => () => look.Word(word, "decision", settable: word is "selected_experts" or "routing_weights")),
        () => new VariableItem("token", Shown.Token(look.Batch.Pass.Rows, look.Row)) { Expression = "token" },
        .. look.Words(Token, "decision"),
        () => new VariableItem("changed", look.Batch.IsChanged(look.Row) ? "true" : "false") { Type = "truth" },
    ]);

    /// <summary>The experts that a row chose, by their names: their order may change with a weight, their names do not.</summary>
    public static VariableItem Experts(string name, string key, Look look, int row, bool settable) => new(name, Shown.Experts(look.Batch, row))
    {
        Type = "experts",
        Children = look.Batch.Has(RoutingColumns.SelectedExperts) ? new VariableNode(key, () => Chosen(look, row, settable)) : null,
    };

    private static List<Func<VariableItem>> Chosen(Look look, int row, bool settable)
    {
        var items = new List<Func<VariableItem>>();
        var loads = new Lazy<RouterTotals>(() => look.Session.TotalsOf(look.Stop.Router));    // once for all of them, and not for their number
        for (var j = 0; j < look.Batch.Slots; j++)
        {
            var slot = j;
            if (look.Batch.ExpertsOf(row)[slot] >= 0) items.Add(() => Expert(look, row, slot, loads.Value, settable));
        }
        return items;
    }

    private static VariableItem Expert(Look look, int row, int slot, RouterTotals loads, bool settable)
    {
        var batch = look.Batch;
        var e = batch.ExpertsOf(row)[slot];
        var weight = batch.Has(RoutingColumns.RoutingWeights) ? Shown.Real(batch.WeightsOf(row)[slot]) : "not captured";
        var score = batch.Has(RoutingColumns.RouterScores) ? $" · score {Shown.Real(batch.ScoresOf(row)[e])}" : "";
        return new VariableItem($"E{e}", $"{weight}{score} · {(e < batch.Router.Rule.RealExperts ? "load " : "")}{Shown.Load(loads, e)}")
        {
            Type = "expert",
            Expression = row == look.Row ? $"weightOf({e})" : null,
            Settable = settable && !look.Stop.IsPast,
            Watch = $"expert/{e}/weight",
        };
    }
}
