using MoeDevtools.Debugging;
using MoeDevtools.Debugging.Views;
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
        screen.WriteHeaded(new Styled(stop.IsPast ? "■ recorded" : "■ stopped", Tone.Heading), VisibleText.Escape(Why(stop)), Tone.Hit);
        screen.WriteParagraph(VisibleText.Escape(Where(stop)), 2);
        screen.WriteLine("  " + TextLayout.Truncate(Token(stop, textBefore, screen), screen.Width - 2, screen.Glyphs));
        foreach (var anomaly in stop.Anomalies)
        {
            screen.WriteParagraph($"{anomaly.Id}: {screen.Translations.Text(anomaly.Facts)}", 2, Tone.Anomaly);
            screen.WriteParagraph(screen.Translations.Text(anomaly.Info.Meaning), 4);
            screen.WriteParagraph(screen.Translations.Text(anomaly.Info.Advice), 4);
        }
        screen.WriteLine();
        WriteDecision(screen, session, stop);
        if (stop.Passed.Count > 0)
            screen.WriteParagraph(VisibleText.Escape($"ran past hits: {Numbers.Count(stop.Passed.Count)}, the last at row {stop.Passed[^1].Row}: {stop.Passed[^1].Text}"), 2, Tone.Dim);
        if (moves) WriteMoves(screen, session, stop);
    }

    /// <summary>The line under the heading: <c>model.layers.2.mlp.gate · step 1 prefill · position 14 of 27</c>.</summary>
    private static string Where(Stop stop)
    {
        var pass = stop.Batch.Pass;
        var row = stop.Row;
        return $"{stop.Router.Name} · step {pass.Step} {pass.Phase.Word()} · position {pass.Rows.Position[row]}"
            + (stop.Batch.Tokens > 1 ? $" · row {row} of {stop.Batch.Tokens}" : "")
            + (pass.Rows.Sequence[row] > 0 ? $" · sequence {pass.Rows.Sequence[row]}" : "")
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
        return room < 12 ? token : $"{token} after \"{TextLayout.TruncateStart(VisibleText.Token(textBefore, screen.Glyphs)[1..], room - 1, screen.Glyphs)}";
    }

    private static void WriteDecision(Screen screen, DebugSession session, Stop stop)
    {
        var (batch, row) = (stop.Batch, stop.Row);
        if (!batch.Has(RoutingColumns.SelectedExperts))
        {
            screen.WriteParagraph("Of this router only logits were captured; --capture with its name has the decision.", 2, Tone.Dim);
            return;
        }
        var table = new Table(
            new Column("expert"), new Column("weight", Align.Right), new Column("") { BarWidth = BarWidth, GivesWay = 1, MinWidth = 4, LeftOut = 1 },
            new Column("score", Align.Right), new Column("load", Align.Right));
        var experts = batch.ExpertsOf(row);
        var weights = batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row) : default;
        var scores = batch.Has(RoutingColumns.RouterScores) ? batch.ScoresOf(row) : default;
        var loads = session.TotalsOf(batch.Router);
        var largest = 0f;
        foreach (var w in weights) largest = Math.Max(largest, w);
        var shown = 0;
        for (var j = 0; j < experts.Length && shown < MostExperts; j++)
        {
            if (experts[j] < 0) continue;
            shown++;
            table.Add($"E{experts[j]}", Text(weights, j), Cell.Bar(largest > 0 ? weights[j] / largest : 0), Text(scores, experts[j]), Load(loads, experts[j]));
        }
        if (shown == 0) table.Add("none");
        var cut = SelectionCut.Of(batch, row);
        foreach (var e in cut.Dropped) table.Add($"– dropped: E{e} is full", "", "", Text(scores, e), Load(loads, e));
        if (cut.Expert is { } next) table.Add($"– cut: E{next}", "", "", Text(scores, next), Load(loads, next));
        table.Write(screen);
        var entropy = scores.IsEmpty ? double.NaN : MoeDevtools.Numerics.Formulas.NormalisedEntropy(scores);
        string[] facts =
        [
            .. double.IsNaN(entropy) ? Array.Empty<string>() : [$"entropy {Numbers.Real(entropy)} of 1"],
            .. cut.Expert is null ? Array.Empty<string>() : [$"selection margin {Numbers.Real(cut.Margin)}"],
            .. experts.Length > MostExperts ? [$"{experts.Length - MostExperts} more experts (print selected_experts)"] : Array.Empty<string>(),
        ];
        if (!scores.IsEmpty && (batch.Observed & RoutingColumns.RouterScores) == RoutingColumns.None)
            screen.WriteParagraph("scores and entropy are derived: this router ranks logits and scores only what it chose", 2, Tone.Dim);
        if (facts.Length > 0) screen.WriteParagraph(string.Join(", ", facts), 2, Tone.Dim);
        if (batch.IsChanged(row)) screen.WriteParagraph($"changed; the model's own: {Listing(batch.Before!, row)}", 2, Tone.Hit);
    }

    private static string Text(ReadOnlySpan<float> values, int i) => i < values.Length ? Numbers.Real(values[i]) : "";

    /// <summary>Utilization over the session so far, this batch included; – where nothing was counted.</summary>
    private static string Load(RouterTotals totals, int expert) => totals.Assignments > 0 ? Numbers.Load(totals.Load(expert)) : "–";

    private static string Listing(RoutingBatch batch, int row)
    {
        var weights = batch.WeightsOf(row).ToArray();
        return string.Join(" · ", batch.ExpertsOf(row).ToArray().Select((e, j) => e < 0 ? "–" : $"E{e} {Numbers.Real(weights[j])}"));
    }

    private static void WriteMoves(Screen screen, DebugSession session, Stop stop)
    {
        var router = stop.Router;
        var over = router.Index + 1 < session.Routers.Count ? $"layer {session.Routers[router.Index + 1].Id.Layer}" : "next pass";
        var top = stop.Batch.ExpertsOf(stop.Row)[0];
        string[] moves =
        [
            $"over: {over}", "into: next token", "out: next step",
            .. session.CanGoBack ? ["back"] : Array.Empty<string>(),
            .. stop.IsPast ? session.Source.Recording is null ? ["branch"] : [] : top >= 0 ? [$"mask {top}"] : Array.Empty<string>(),
            .. stop.IsPast ? Array.Empty<string>() : [$"k {Math.Max(1, router.Rule.K / 2)}"],
            "help",
        ];
        screen.WriteLine();
        var line = "";
        var head = new Styled("  next", Tone.Dim);
        foreach (var move in moves)
        {
            if (line.Length > 0 && 6 + line.Length + 2 + move.Length > screen.Width)
            {
                screen.WriteLine(head, line);
                (head, line) = ("      ", "");
            }
            line += "  " + move;
        }
        screen.WriteLine(head, line);
    }
}
