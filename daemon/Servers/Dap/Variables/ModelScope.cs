using System.Globalization;
using MoeDevtools.Debugging;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>The whole session: its routers with their loads, and the changes that are in force.</summary>
internal static class ModelScope
{
    public static VariableNode Of(Look look) => new("model", () =>
    [
        () => new VariableItem("source", look.Launched.Source.Name),
        () => new VariableItem("kind", look.Launched.Kind),
        () => new VariableItem("routers", string.Create(CultureInfo.InvariantCulture, $"[{look.Session.Routers.Count} routers]")) { Type = "routers", Children = Routers(look) },
        () => Changes(look),
    ]);

    /// <summary>How a router is doing, in one line.</summary>
    public static string Describe(Look look, RouterInfo router)
    {
        var totals = look.Session.TotalsOf(router);
        if (totals.Tokens == 0) return $"{router.Name}  no data yet";
        var loads = Enumerable.Range(0, router.Rule.RealExperts).Select(totals.Load).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{router.Name}  load {Shown.Load(loads.Min())} to {Shown.Load(loads.Max())} · H {Shown.Real(totals.MeanEntropy)} · {totals.Tokens:N0} tokens");
    }

    private static VariableNode Routers(Look look) => VariableNode.List("model/routers", look.Session.Routers.Count, () => i =>
        new VariableItem($"[{i}]", Describe(look, look.Session.Routers[i])) { Type = "router" });

    private static VariableItem Changes(Look look)
    {
        var count = look.Session.Interventions.Count;
        return new VariableItem("changes", count == 0 ? "none" : string.Join(" · ", look.Session.Interventions.Take(4).Select(a => a.ToString())) + (count > 4 ? $" · … {count - 4} more" : ""))
        {
            Type = "changes",
            Children = count == 0 ? null : new VariableNode("model/changes",
                () => [.. look.Session.Interventions.Select<ActiveIntervention, Func<VariableItem>>(a => () => new VariableItem(a.Id.ToString(CultureInfo.InvariantCulture), a.ToString()))]),
        };
    }
}
