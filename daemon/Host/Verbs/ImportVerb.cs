using System.CommandLine;
using System.Text.Json;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>import</c>: makes a trace of what another tool recorded.</summary>
internal static class ImportVerb
{
    private static readonly Argument<string[]> Files = new("FILE") { Arity = ArgumentArity.OneOrMore, Help = $"one recording of another tool" };
    private static readonly Option<string> Output = new("--output", "-o") { HelpName = "FILE", Help = $"the .moetrace to write", Required = true };
    private static readonly Option<string?> Format = new("--format") { HelpName = "NAME", Help = $"instead of sniffing: {string.Join(", ", Importers.All.Select(i => i.Name))}" };
    private static readonly Option<string?> Layout = new("--layout") { HelpName = "AXES", Help = $"order of the axes of an array of ids: tokens,layers,k" };
    private static readonly Option<int?> Experts = new("--experts") { HelpName = "N", Help = $"experts of a router, where the file does not say" };
    private static readonly Option<int?> Layers = new("--layers") { HelpName = "N", Help = $"routers, where a response has no shape" };
    private static readonly Option<int?> TopK = new("--top-k") { HelpName = "K", Help = $"experts a token, where there are only loads" };

    public static Verb Create() => new(
        "import", $"makes a trace of what another tool recorded (vLLM, SGLang, Megatron, numpy ...)", Run, json: true,
        examples:
        [
            new("moe-devtools import completion.json -o run.moetrace", $"What it is, what was assumed, and a verdict."),
            new("moe-devtools import mcore_ep_loads_rank*.npz -o loads.moetrace", $"All ranks of a group are one recording."),
            new("moe-devtools import ids.npy --layout layers,tokens,k --experts 64 -o ids.moetrace", $"What the file does not say."),
        ])
    {
        Files, Output, Format, Layout, Experts, Layers, TopK,
    };

    private static int Run(VerbContext context)
    {
        var options = new ImportOptions
        {
            Format = context.Get(Format), Layout = context.Get(Layout), Experts = Positive(context, Experts), Layers = Positive(context, Layers), TopK = Positive(context, TopK),
        };
        var path = context.Get(Output)!;
        using var sink = new TraceSink(path);
        var report = Importers.Import(context.Get(Files), options, ProductVersion.Line, TimeProvider.System.GetUtcNow(), sink, context.Cancel);
        sink.Close();
        if (context.Json is { } json) json.Write("import", fields => WriteJson(fields, path, report));
        else Write(context.Screen, path, report);
        return ExitCode.Ok;
    }

    private static int? Positive(VerbContext context, Option<int?> option) => context.Get(option) is { } number && number < 1
        ? throw new UserError("MOE9350", $"{option.Name} {number} is below 1.", $"It is a number from 1.") : context.Get(option);

    private static void Write(Screen screen, string path, ImportReport report)
    {
        screen.WriteHeaded(new Styled(screen.Text($"format"), Tone.Heading), $"{report.Format}: {VisibleText.Escape(string.Join("; ", report.Found))}");
        foreach (var assumed in report.Assumed) screen.WriteHeaded(new Styled(screen.Text($"assumed"), Tone.Heading), VisibleText.Escape(screen.Text(assumed)));
        screen.WriteHeaded(new Styled(screen.Text($"verdict"), Tone.Heading), report.IsSuspect ? screen.Text($"suspect: {screen.Translations.List(report.Suspicions)}") : screen.Text($"ok"), report.IsSuspect ? Tone.Anomaly : Tone.Plain);
        screen.WriteLine();
        screen.WriteParagraph($"{path}: {string.Join(", ", Amounts(report).Select(screen.Text))}");
        var table = new Table(
            new Column($"router") { GivesWay = 1, MinWidth = 10, KeepsEnd = true }, new Column($"experts", Align.Right) { LeftOut = 2 }, new Column($"assignments", Align.Right),
            new Column($"load", Align.Right), new Column($"unused", Align.Right), new Column($"empty slots", Align.Right) { LeftOut = 1 });
        foreach (var router in report.Routers)
        {
            var sum = router.Counts.Sum();
            string Load(long count) => sum == 0 ? "–" : Numbers.Load((double)count * router.Counts.Count / sum);
            table.Add(
                VisibleText.Escape(router.Router.Name), Numbers.Count(router.Router.Experts), Numbers.Count(sum), $"{Load(router.Counts.Min())}–{Load(router.Counts.Max())}",
                Numbers.Count(router.Counts.Count(c => c == 0)), Numbers.Count(router.EmptySlots));
        }
        table.Write(screen, limit: 16, showAll: screen.Text($"--json lists all"));
    }

    private static IEnumerable<FormattableString> Amounts(ImportReport report)
    {
        yield return $"routers: {Numbers.Count(report.Routers.Count)}";
        yield return report.Tokens is { } tokens ? (FormattableString)$"tokens: {Numbers.Count(tokens)}" : $"tokens: unknown";
        if (report.MissingTokens > 0) yield return $"without routing: {Numbers.Count(report.MissingTokens)}";
        if (report.Sequences > 0) yield return $"sequences: {Numbers.Count(report.Sequences)}";
        yield return report.Steps is { } steps ? (FormattableString)$"steps: {Numbers.Count(steps)}" : $"no timeline: one sum";
    }

    private static void WriteJson(Utf8JsonWriter fields, string path, ImportReport report)
    {
        fields.WriteString("trace", path);
        fields.WriteString("format", report.Format);
        fields.WriteStartArray("found");
        foreach (var found in report.Found) fields.WriteStringValue(found);
        fields.WriteEndArray();
        fields.WriteStartArray("assumed");
        foreach (var assumed in report.Assumed) fields.WriteStringValue(FormattableString.Invariant(assumed));
        fields.WriteEndArray();
        fields.WriteString("verdict", report.Verdict);
        fields.WriteString("capture_problems", report.Problems.ToString());
        if (report.Tokens is { } tokens) fields.WriteNumber("tokens", tokens);
        fields.WriteNumber("missing_tokens", report.MissingTokens);
        fields.WriteNumber("sequences", report.Sequences);
        if (report.Steps is { } steps) fields.WriteNumber("steps", steps);
        fields.WriteStartArray("routers");
        foreach (var router in report.Routers)
        {
            fields.WriteStartObject();
            fields.WriteString("router", router.Router.Name);
            fields.WriteNumber("layer", router.Router.Id.Layer);
            fields.WriteNumber("experts", router.Router.Experts);
            fields.WriteNumber("empty_slots", router.EmptySlots);
            fields.WriteStartArray("counts");
            foreach (var count in router.Counts) fields.WriteNumberValue(count);
            fields.WriteEndArray();
            fields.WriteEndObject();
        }
        fields.WriteEndArray();
    }

    /// <summary>Writes what is imported beside the trace, and takes its place only when all of it is there.</summary>
    private sealed class TraceSink(string path) : IImportSink, IDisposable
    {
        private readonly string _part = path + ".part";
        private TraceWriter? _writer;

        public void Begin(TraceInfo info, IReadOnlyList<RouterInfo> routers)
        {
            if (File.Exists(path)) TraceReader.Open(path, withoutLog: true).Dispose();    // only a trace is replaced
            _writer = TraceWriter.Create(_part, info, routers, new TraceOptions());
        }

        public void Add(TraceSequence sequence) => _writer!.Add(sequence);

        public void Add(RoutingBatch batch) => _writer!.Add(batch);

        public void Add(TraceLoads loads) => _writer!.Add(loads);

        public void Add(TraceDrop drop) => _writer!.Add(drop);

        public void Close()
        {
            _writer!.Close();
            _writer = null;
            try
            {
                File.Move(_part, path, overwrite: true);
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                throw DiskErrors.From(path, cause);
            }
        }

        /// <summary>An import that did not come to its end leaves nothing.</summary>
        public void Dispose()
        {
            if (_writer is null) return;
            _writer.Dispose();
            foreach (var file in new[] { _part, _part + "-wal", _part + "-shm" }) File.Delete(file);
        }
    }
}
