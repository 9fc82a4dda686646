using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Views;

/// <summary>A stop as a person sees it: where, why, the decision with weights, scores and loads, what changed, and the next moves.</summary>
internal static class StopView
{
    private const int BarWidth = 24;
    private const int MostExperts = 16;

    /// <param name="textBefore">The text up to the token in focus; null = unknown.</param>
    /// <param name="moves">Whether the next moves are named.</param>
    public static void Write(Screen screen, DebugSession session, Stop stop, string? textBefore, bool moves)
    {
        screen.WriteLine(new Styled("■ stopped", Tone.Heading), "  ", new Styled(Why(stop), Tone.Hit));
        screen.WriteLine("  " + Where(stop));
        screen.WriteLine("  " + TextLayout.Truncate(Token(stop, textBefore, screen), screen.Width - 2, screen.Glyphs));
        foreach (var anomaly in stop.Anomalies)
        {
            screen.WriteParagraph($"{anomaly.Id}: {screen.Translations.Text(anomaly.Facts)}", 2, Tone.Anomaly);
            screen.WriteParagraph(screen.Translations.Text(anomaly.Info.Meaning), 4);
            screen.WriteParagraph(screen.Translations.Text(anomaly.Info.Advice), 4);
        }
        screen.WriteLine();
        WriteDecision(screen, session, stop);
        if (stop.Passed.Count > 0) screen.WriteLine(new Styled($"  ran past hits: {Numbers.Count(stop.Passed.Count)}, the last at row {stop.Passed[^1].Row}: {stop.Passed[^1].Text}", Tone.Dim));
        if (moves) WriteMoves(screen, session, stop);
    }

    /// <summary>The line under the heading: <c>model.layers.2.mlp.gate · step 1 prefill · position 14 of 27</c>.</summary>
    private static string Where(Stop stop)
    {
        var pass = stop.Batch.Pass;
        var row = stop.Row;
        return $"{stop.Router.Name} · step {pass.Step} {pass.Phase.Word()} · position {pass.Rows.Position[row]}"
            + (stop.Batch.Tokens > 1 ? $" · row {row} of {stop.Batch.Tokens}" : "")
            + (pass.Rows.Label[row] is { } label ? $" · {label}" : "");
    }

    private static string Why(Stop stop) => stop.Reason switch
    {
        StopReason.Breakpoint => string.Join(", ", stop.Hits.Select(h => h.Text)),
        StopReason.Anomaly => string.Join(", ", stop.Anomalies.Select(a => a.Id)),
        StopReason.Step => "step" + (stop.Hits.Count > 0 ? ", " + string.Join(", ", stop.Hits.Select(h => h.Text)) : ""),
        StopReason.Pause => "paused",
        _ => "entry",
    };

    private static string Token(Stop stop, string? textBefore, Screen screen)
    {
        var rows = stop.Batch.Pass.Rows;
        var text = rows.Text[stop.Row];
        var token = text is null ? $"token id {rows.TokenId[stop.Row]}" : $"token {VisibleText.Token(text, screen.Glyphs)}";
        if (string.IsNullOrEmpty(textBefore)) return token;
        var room = screen.Width - TextWidth.Of(token) - 12;
        return room < 12 ? token : $"{token} after {TextLayout.TruncateStart(VisibleText.Token(textBefore, screen.Glyphs), room, screen.Glyphs)}";
    }

    private static void WriteDecision(Screen screen, DebugSession session, Stop stop)
    {
        var (batch, row) = (stop.Batch, stop.Row);
        var table = new Table(
            new Column("expert"), new Column("weight", Align.Right), new Column("") { BarWidth = BarWidth, GivesWay = 1, MinWidth = 8 },
            new Column("score", Align.Right), new Column("load so far", Align.Right));
        var experts = batch.ExpertsOf(row);
        var weights = batch.WeightsOf(row);
        var scores = batch.ScoresOf(row);
        var largest = 0f;
        foreach (var w in weights) largest = Math.Max(largest, w);
        var shown = 0;
        for (var j = 0; j < experts.Length && shown < MostExperts; j++)
        {
            if (experts[j] < 0) continue;
            shown++;
            table.Add($"E{experts[j]}", Numbers.Real(weights[j]), Cell.Bar(largest > 0 ? weights[j] / largest : 0),
                Numbers.Real(scores[experts[j]]), Numbers.Load(LoadSoFar(session, batch, experts[j])));
        }
        if (shown == 0) table.Add("none", "", "", "", "");
        var cut = Cut(batch, row, out var margin);
        if (cut >= 0) table.Add($"– cut: E{cut}", "", "", Numbers.Real(scores[cut]), Numbers.Load(LoadSoFar(session, batch, cut)));
        table.Write(screen);
        var entropy = MoeDevtools.Numerics.Formulas.NormalisedEntropy(scores);
        screen.WriteLine(new Styled($"  entropy {Numbers.Real(entropy)} of 1" + (cut >= 0 ? $", selection margin {Numbers.Real(margin)}" : "")
            + (experts.Length > MostExperts ? $", {experts.Length - MostExperts} more experts (print selected_experts)" : ""), Tone.Dim));
        if (batch.IsChanged(row)) screen.WriteLine(new Styled($"  changed; the model's own: {Listing(batch.Before!, row)}", Tone.Hit));
    }

    /// <summary>The best expert that was not chosen by selection score, and how far it is below the worst chosen; -1 = none is left.</summary>
    private static int Cut(RoutingBatch batch, int row, out double margin)
    {
        var selection = batch.SelectionOf(row);
        var experts = batch.ExpertsOf(row);
        int best = -1;
        for (var e = 0; e < selection.Length; e++)
            if (!experts.Contains(e) && !float.IsNegativeInfinity(selection[e]) && (best < 0 || selection[e] > selection[best])) best = e;
        var worst = float.PositiveInfinity;
        foreach (var e in experts)
            if (e >= 0) worst = Math.Min(worst, selection[e]);
        margin = best < 0 ? double.NaN : worst - selection[best];
        return best;
    }

    private static string Listing(RoutingBatch batch, int row)
    {
        var weights = batch.WeightsOf(row).ToArray();
        return string.Join(" · ", batch.ExpertsOf(row).ToArray().Select((e, j) => e < 0 ? "–" : $"E{e} {Numbers.Real(weights[j])}"));
    }

    /// <summary>Utilization over the session so far, this batch included.</summary>
    private static double LoadSoFar(DebugSession session, RoutingBatch batch, int expert)
    {
        var totals = session.Totals[batch.Router.Index];
        long mine = totals.Counts[expert], all = totals.Assignments;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            foreach (var e in batch.ExpertsOf(row))
            {
                if (e == expert) mine++;
                if (e >= 0) all++;
            }
        }
        return (double)mine * batch.Experts / all;
    }

    private static void WriteMoves(Screen screen, DebugSession session, Stop stop)
    {
        var router = stop.Router;
        var over = router.Index + 1 < session.Routers.Count ? $"layer {session.Routers[router.Index + 1].Id.Layer}" : "next pass";
        var top = stop.Batch.ExpertsOf(stop.Row)[0];
        screen.WriteLine();
        screen.WriteLine(new Styled("  next", Tone.Dim), $"   over: {over}   into: next token   out: next step" + (top >= 0 ? $"   mask {top}" : "") + $"   k {Math.Max(1, router.Rule.K / 2)}   help");
    }
}
