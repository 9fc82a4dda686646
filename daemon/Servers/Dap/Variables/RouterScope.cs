using System.Globalization;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>The router of the stop: what it is, how its experts are loaded, and every row of the batch.</summary>
internal static class RouterScope
{
    private static readonly string[] Measures = ["loadEntropy", "cv", "maxVio", "zeroExperts", "effectiveExperts", "dropRate"];

    public static VariableNode Of(Look look)
    {
        var router = look.Stop.Router;
        return new VariableNode("router", () =>
        [
            () => new VariableItem("router", router.Name),
            () => new VariableItem("layer", Number(router.Id.Layer)) { Type = "number", Expression = "layer" },
            () => new VariableItem("rule", router.Rule.Describe(look.Language)),
            () => new VariableItem("experts", Number(router.Experts)) { Type = "number" },
            .. router.Rule.IdentityExperts == 0 ? (IEnumerable<Func<VariableItem>>)[]
                : [() => new VariableItem("zero experts", $"E{router.Rule.RealExperts} to E{router.Experts - 1}") { Type = "experts" }, () => look.Word("identityShare", "router")],
            .. look.Words(Measures, "router"),
            () => Loads(look),
            () => new VariableItem("rows", string.Create(CultureInfo.InvariantCulture, $"[{look.Batch.Tokens} rows]")) { Type = "batch", Children = Rows(look) },
        ]);
    }

    /// <summary>Loads of the session so far, with the batch in focus.</summary>
    private static VariableItem Loads(Look look)
    {
        var totals = look.Session.TotalsOf(look.Stop.Router);
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var e = 0; e < totals.Router.Rule.RealExperts; e++) (least, most) = (Math.Min(least, totals.Load(e)), Math.Max(most, totals.Load(e)));
        return new VariableItem("loads", $"{Shown.Load(least)} to {Shown.Load(most)}")
        {
            Type = "loads [experts]",
            Children = VariableNode.List("router/loads", totals.Router.Experts, () =>
            {
                var now = look.Session.TotalsOf(look.Stop.Router);
                var (assignments, identities) = (now.Assignments, now.IdentityAssignments);
                return e => new VariableItem($"E{e}", string.Create(CultureInfo.InvariantCulture, $"{Shown.Load(now, e)} · {now.Counts[e]:N0} of {(e < now.Router.Rule.RealExperts ? assignments : assignments + identities):N0}"))
                {
                    Type = "load", Expression = e < now.Router.Rule.RealExperts ? $"load({e})" : $"share({e})", Watch = e < now.Router.Rule.RealExperts ? $"expert/{e}/load" : null,
                };
            }),
        };
    }

    private static VariableNode Rows(Look look) => VariableNode.List("router/rows", look.Batch.Tokens, () => row =>
    {
        var experts = DecisionScope.Experts($"[{row}]", $"router/rows/{row}", look, row, settable: false);
        return experts with { Value = look.Batch.IsToken(row) ? $"{Shown.Token(look.Batch.Pass.Rows, row)}  {experts.Value}" : "padding" };
    });

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
