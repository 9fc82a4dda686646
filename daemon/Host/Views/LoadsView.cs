using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Views;

/// <summary>Routers with what they did so far: load range, entropy, experts without a token.</summary>
internal static class LoadsView
{
    public static readonly FormattableString PaddingUnknown = $"which rows are padding is not known: these counts and loads may hold some";

    /// <summary>Utilization over the session so far, this batch included; – where nothing was counted.</summary>
    public static string Load(Screen screen, RouterTotals totals, int expert) =>
        expert >= totals.Router.Rule.RealExperts ? screen.Text($"zero expert (identity)") : totals.Assignments > 0 ? Numbers.Load(totals.Load(expert)) : "–";

    public static void Write(Screen screen, IReadOnlyList<RouterTotals> totals, int limit = int.MaxValue, string? showAll = null)
    {
        var seen = totals.Where(t => t.Tokens > 0).ToList();
        if (seen.Count == 0) return;
        var identities = seen.Exists(t => t.Router.Rule.IdentityExperts > 0) ? [new Column($"to zero experts", Align.Right) { LeftOut = 4 }] : Array.Empty<Column>();
        var table = new Table(
        [
            new Column($"router") { GivesWay = 1, MinWidth = 10, KeepsEnd = true }, new Column($"tokens", Align.Right) { LeftOut = 1 }, new Column($"load", Align.Right),
            new Column($"most used") { LeftOut = 2 }, new Column($"unused", Align.Right), new Column($"entropy", Align.Right) { LeftOut = 3 },
            .. identities,
        ]);
        foreach (var router in seen)
        {
            var order = Enumerable.Range(0, router.Router.Rule.RealExperts).OrderByDescending(e => router.Counts[e]).ToList();
            var unused = order.Count(e => router.Counts[e] == 0);
            Cell[] apart = identities.Length == 0 ? [] : [router.Router.Rule.IdentityExperts == 0 ? "–" : Numbers.Percent((double)router.IdentityAssignments / (router.Assignments + router.IdentityAssignments))];
            table.Add(
            [
                router.Router.Name, Numbers.Count(router.Tokens), $"{Numbers.Load(router.Load(order[^1]))}–{Numbers.Load(router.Load(order[0]))}",
                string.Join(" ", order.Take(3).Select(e => $"E{e}")), new Styled(Numbers.Count(unused), unused > 0 ? Tone.Anomaly : Tone.Plain),
                double.IsNaN(router.MeanEntropy) ? "–" : Numbers.Real(router.MeanEntropy), .. apart,
            ]);
        }
        table.Write(screen, limit: limit, showAll: showAll);
        if (seen.Exists(t => t.MayHoldPadding)) screen.WriteParagraph(screen.Text(PaddingUnknown), 2, Tone.Dim);
    }
}
