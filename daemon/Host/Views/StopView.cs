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
    private const int MostFrames = 12;

    /// <param name="textBefore">The text up to the token in focus; null = unknown.</param>
    /// <param name="moves">Whether the next moves are named.</param>
    public static void Write(Screen screen, DebugSession session, Stop stop, string? textBefore, bool moves)
    {
        screen.WriteHeaded(new Styled(stop.IsPast ? screen.Text($"■ recorded") : screen.Text($"■ stopped"), Tone.Heading), VisibleText.Escape(Why(screen, stop)), Tone.Hit);
        screen.WriteParagraph(VisibleText.Escape(string.Join(" · ", Where(stop).Select(screen.Text))), 2);
        screen.WriteLine("  " + TextLayout.Truncate(Token(stop, textBefore, screen), screen.Width - 2, screen.Glyphs));
        foreach (var anomaly in stop.Anomalies)
        {
            screen.WriteParagraph(VisibleText.Escape($"{anomaly.Id}: {screen.Translations.Text(anomaly.Facts)}"), 2, Tone.Anomaly);
            screen.WriteParagraph(screen.Translations.Text(anomaly.Info.Meaning), 4);
            screen.WriteParagraph(screen.Translations.Text(anomaly.Info.Advice), 4);
            foreach (var frame in anomaly.Stack.Take(MostFrames)) screen.WriteParagraph(VisibleText.Escape(frame.ToString()), 4, Tone.Dim);
        }
        screen.WriteLine();
        WriteDecision(screen, session, stop);
        if (stop.Passed.Count > 0)
            screen.WriteParagraph(VisibleText.Escape(screen.Text($"ran past hits: {Numbers.Count(stop.Passed.Count)}, the last at row {stop.Passed[^1].Row}: {stop.Passed[^1].Facts}")), 2, Tone.Dim);
        if (moves) WriteMoves(screen, session, stop);
    }

    /// <summary>The line under the heading: <c>model.layers.2.mlp.gate · step 1 prefill · position 14 of 27</c>.</summary>
    private static IEnumerable<FormattableString> Where(Stop stop)
    {
        var pass = stop.Batch.Pass;
        var row = stop.Row;
        yield return $"{stop.Router.Name}";
        yield return $"step {pass.Step} {pass.Phase.Word()}";
        if (pass.Rows.Position[row] >= 0) yield return $"position {pass.Rows.Position[row]}";
        if (stop.Batch.Tokens > 1) yield return $"row {row} of {stop.Batch.Tokens}";
        if (pass.Rows.Sequence[row] > 0) yield return $"sequence {pass.Rows.Sequence[row]}";
        if (pass.Rows.Label[row] is { } label) yield return $"{label}";
    }

    private static string Why(Screen screen, Stop stop)
    {
        var hits = stop.Hits.Select(h => screen.Text(h.Facts));
        return string.Join(", ", stop.Reason switch
        {
            StopReason.Breakpoint => hits,
            StopReason.Anomaly => stop.Anomalies.Select(a => a.Id),
            StopReason.Step => hits.Prepend(screen.Text($"step")),
            StopReason.Pause => [screen.Text($"paused")],
            _ => [screen.Text($"entry")],
        });
    }

    private static string Token(Stop stop, string? textBefore, Screen screen)
    {
        var rows = stop.Batch.Pass.Rows;
        var text = rows.Text[stop.Row];
        FormattableString token = text is not null ? $"token {VisibleText.Token(text, screen.Glyphs)}" : rows.TokenId[stop.Row] is var id and >= 0 ? (FormattableString)$"token id {id}" : $"token unknown";
        if (string.IsNullOrEmpty(textBefore)) return screen.Text(token);
        var room = screen.Width - TextWidth.Of(screen.Text($"{token} after {""}")) - 5;
        return room < 12 ? screen.Text(token)
            : screen.Text($"{token} after {"\"" + TextLayout.TruncateStart(VisibleText.Token(textBefore, screen.Glyphs)[1..], room - 1, screen.Glyphs)}");
    }

    private static void WriteDecision(Screen screen, DebugSession session, Stop stop)
    {
        var (batch, row) = (stop.Batch, stop.Row);
        if (!batch.Has(RoutingColumns.SelectedExperts))
        {
            screen.WriteParagraph(screen.Text($"Of this router only logits were captured; --capture with its name has the decision."), 2, Tone.Dim);
            return;
        }
        var table = new Table(
            new Column($"expert"), new Column($"weight", Align.Right), new Column($"") { BarWidth = BarWidth, GivesWay = 1, MinWidth = 4, LeftOut = 1 },
            new Column($"score", Align.Right), new Column($"load", Align.Right));
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
            table.Add($"E{experts[j]}", Text(weights, j), Cell.Bar(largest > 0 ? weights[j] / largest : 0), Text(scores, experts[j]), LoadsView.Load(screen, loads, experts[j]));
        }
        if (shown == 0) table.Add(screen.Text($"none"));
        var cut = SelectionCut.Of(batch, row);
        foreach (var e in cut.Dropped) table.Add(screen.Text($"– dropped: E{e} is full"), "", "", Text(scores, e), LoadsView.Load(screen, loads, e));
        if (cut.Expert is { } next) table.Add(screen.Text($"– cut: E{next}"), "", "", Text(scores, next), LoadsView.Load(screen, loads, next));
        table.Write(screen);
        var entropy = scores.IsEmpty ? double.NaN : MoeDevtools.Numerics.Formulas.NormalisedEntropy(scores);
        var facts = new List<FormattableString>();
        if (!double.IsNaN(entropy)) facts.Add($"entropy {Numbers.Real(entropy)} of 1");
        if (batch.Router.Rule.ByToken) facts.Add($"by token id: nothing is ranked, so there is no margin");
        if (cut.Expert is not null) facts.Add($"selection margin {Numbers.Real(cut.Margin)}");
        if (experts.Length > MostExperts) facts.Add($"{experts.Length - MostExperts} more experts (print selected_experts)");
        if (!scores.IsEmpty && (batch.Observed & RoutingColumns.RouterScores) == RoutingColumns.None)
            screen.WriteParagraph(
                screen.Text((batch.Router.Rule.Derived & RoutingColumns.RouterScores) != RoutingColumns.None ? (FormattableString)$"scores and entropy are derived: this router ranks logits and scores only what it chose"
                    : $"scores and entropy are derived from the logits, as the program was seen to score"), 2, Tone.Dim);
        if (facts.Count > 0) screen.WriteParagraph(string.Join(", ", facts.Select(screen.Text)), 2, Tone.Dim);
        if (loads.MayHoldPadding) screen.WriteParagraph(screen.Text(LoadsView.PaddingUnknown), 2, Tone.Dim);
        if (batch.IsChanged(row)) screen.WriteParagraph(screen.Text($"changed; the model's own: {Listing(batch.Before!, row)}"), 2, Tone.Hit);
    }

    private static string Text(ReadOnlySpan<float> values, int i) => i < values.Length ? Numbers.Real(values[i]) : "";

    private static string Listing(RoutingBatch batch, int row)
    {
        var weights = batch.WeightsOf(row).ToArray();
        return string.Join(" · ", batch.ExpertsOf(row).ToArray().Select((e, j) => e < 0 ? "–" : $"E{e} {Numbers.Real(weights[j])}"));
    }

    private static void WriteMoves(Screen screen, DebugSession session, Stop stop)
    {
        var router = stop.Router;
        FormattableString over = router.Index + 1 < session.Routers.Count ? (FormattableString)$"over: layer {session.Routers[router.Index + 1].Id.Layer}" : $"over: next pass";
        var top = stop.Batch.ExpertsOf(stop.Row)[0];
        string[] moves =
        [
            screen.Text(over), screen.Text($"into: next token"), screen.Text($"out: next step"),
            .. session.CanGoBack ? ["back"] : Array.Empty<string>(),
            .. stop.IsPast ? session.Source.Recording is null ? ["branch"] : [] : top >= 0 ? [$"mask {top}"] : Array.Empty<string>(),
            .. stop.IsPast ? Array.Empty<string>() : [$"k {Math.Max(1, router.Rule.K / 2)}"],
            "help",
        ];
        screen.WriteLine();
        var line = "";
        var head = new Styled("  " + screen.Text($"next"), Tone.Dim);
        var column = TextWidth.Of(head.Text);
        foreach (var move in moves)
        {
            if (line.Length > 0 && column + TextWidth.Of(line) + 2 + TextWidth.Of(move) > screen.Width)
            {
                screen.WriteLine(head, line);
                (head, line) = (new string(' ', column), "");
            }
            line += "  " + move;
        }
        screen.WriteLine(head, line);
    }
}
