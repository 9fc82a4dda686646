using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Host.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Runs;

/// <summary>Reports a run as it goes, as text or JSON lines, and passes every stop.</summary>
/// <param name="printed">Routers whose routing is printed as JSON, <c>[routers]</c>.</param>
/// <param name="columns">Columns of it that are printed.</param>
internal sealed class RunClient(VerbContext context, IRoutingSource source, bool[] printed, RoutingColumns columns) : IDebugClient
{
    /// <summary>Stops shown in full as text; the rest is counted. JSON has all.</summary>
    private const int ShownStops = 5;

    private readonly TextSoFar _text = new(source);
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DebugSession Session { get; set; } = null!;

    /// <summary>Counts sequences; null = not shown.</summary>
    public Progress? Progress { get; set; }

    public long Stops { get; private set; }

    /// <summary>Evaluations of conditions that failed: neither true nor false.</summary>
    public long ConditionErrors => Session.Breakpoints.All.Sum(b => b.Errored);

    public List<SequenceResult> Sequences { get; } = [];

    /// <summary>Ids of the anomalies that were found.</summary>
    public HashSet<string> Anomalies { get; } = new(StringComparer.Ordinal);

    /// <summary>Completes with the error that ended the run, or null.</summary>
    public Task<Exception?> Ended => _ended.Task;

    public void OnSequence(int index, SequenceInput input) => _text.Start(index, input.Ids);

    public void OnToken(GeneratedToken token)
    {
        _text.Add(token.Sequence, token.Id);
        context.Json?.Write("token", fields => RunJson.Token(fields, token));
    }

    public void OnLogits(int sequence, int position, ReadOnlySpan<float> logits)
    {
        var values = logits.ToArray();
        context.Json?.Write("logits", fields =>
        {
            fields.WriteNumber("sequence", sequence);
            fields.WriteNumber("position", position);
            fields.WriteReals("values", values);
        });
    }

    public void OnSequenceEnd(SequenceResult result)
    {
        Sequences.Add(result with { Nll = result.Nll is null ? null : [.. result.Nll] });
        context.Json?.Write("sequence", fields => RunJson.Sequence(fields, result));
        Progress?.Report(Sequences.Count);
    }

    public void OnStopped(Stop stop)
    {
        Stops++;
        if (context.Json is { } json) json.Write("stop", fields => RunJson.Stop(fields, stop));
        else if (Stops <= ShownStops)
        {
            StopView.Write(context.Screen, Session, stop, _text.Before(stop.Batch.Pass.Rows.Sequence[stop.Row], stop.Batch.Pass.Rows.Position[stop.Row]), moves: false);
            context.Screen.WriteLine();
        }
        Session.Resume();
    }

    public void OnLog(LogLine line)
    {
        if (context.Json is { } json) json.Write("log", fields => RunJson.Log(fields, line));
        else context.Screen.WriteLine(new Styled("» ", Tone.Dim), VisibleText.Escape(line.Text));
    }

    public void OnAnomaly(Anomaly anomaly)
    {
        Anomalies.Add(anomaly.Id);
        context.Json?.Write("anomaly", fields => RunJson.Anomaly(fields, anomaly));
    }

    public void OnNotice(FormattableString notice)
    {
        if (context.Json is { } json) json.Write("notice", fields => fields.WriteString("text", FormattableString.Invariant(notice)));
        else context.Screen.WriteParagraph(VisibleText.Escape(context.Screen.Translations.Text(notice)), tone: Tone.Anomaly);
    }

    public void OnRouted(RoutingBatch batch)
    {
        if (batch.Router.Index < printed.Length && printed[batch.Router.Index]) context.Json?.Write("routing", fields => RunJson.Routing(fields, batch, columns));
    }

    public void OnRecordingFailed(UserError error) => ErrorReport.Write(error, context.Screen, json: null);

    public void OnEnded(Exception? error) => _ended.TrySetResult(error);

    /// <summary>What happened, for people: stops, texts, losses, loads.</summary>
    public void WriteSummary(RecordedRouting? forced)
    {
        var screen = context.Screen;
        if (Stops > ShownStops) screen.WriteLine(new Styled(screen.Text($"… {Numbers.Count(Stops - ShownStops)} more stops (--json lists all)"), Tone.Dim));
        foreach (var result in Sequences.Where(s => s.GeneratedIds.Count > 0).Take(10))
        {
            var text = result.Text ?? string.Join(' ', result.GeneratedIds);
            screen.WriteHeaded(new Styled(screen.Text($"generated"), Tone.Heading), result.Text is null ? text : VisibleText.Token(text, screen.Glyphs));
            screen.WriteParagraph(screen.Text($"tokens: {Numbers.Count(result.GeneratedIds.Count)}, {FinishWords.Of(result.Finish)}"), 2, Tone.Dim);
        }
        WriteLosses(screen);
        if (forced is not null)
            screen.WriteHeaded(
                new Styled(screen.Text($"forced routing"), Tone.Heading),
                screen.Text($"rows: {Numbers.Count(forced.Rows)}, of them the model would have chosen otherwise: {Numbers.Count(forced.Mismatches)}; not in the recording: {Numbers.Count(forced.Missing)}"));
        screen.WriteLine();
        LoadsView.Write(screen, Session.Totals, limit: 16);
        if (Session.Problems != BatchProblems.None) screen.WriteParagraph(screen.Text($"capture suspect: {Session.Problems}"), tone: Tone.Anomaly);
        foreach (var breakpoint in Session.Breakpoints.All)
            screen.WriteParagraph(VisibleText.Escape(screen.Text($"breakpoint {breakpoint.Id} {breakpoint.Spec}: {breakpoint.Explain()}")), indent: 2, Tone.Dim);
    }

    private void WriteLosses(Screen screen)
    {
        var scored = Sequences.Where(s => s.Nll is { Count: > 0 }).ToList();
        if (scored.Count == 0) return;
        var table = new Table(new Column($"label"), new Column($"documents", Align.Right), new Column($"tokens", Align.Right), new Column($"NLL", Align.Right), new Column($"perplexity", Align.Right));
        void Row(string label, IReadOnlyCollection<SequenceResult> of)
        {
            var nll = of.SelectMany(s => s.Nll!).Average();
            table.Add(label, Numbers.Count(of.Count), Numbers.Count(of.Sum(s => (long)s.Input.Ids.Count)), Numbers.Real(nll), Numbers.Real(Math.Exp(nll)));
        }
        var labels = scored.GroupBy(s => s.Input.Label ?? "–").ToList();
        if (labels.Count > 1)
            foreach (var label in labels) Row(label.Key, [.. label]);
        Row(screen.Text($"all"), scored);
        screen.WriteLine();
        table.Write(screen, limit: 20);
    }
}
