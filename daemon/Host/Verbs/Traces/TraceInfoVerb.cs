using System.CommandLine;
using System.Globalization;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Host.Verbs.Traces;

/// <summary><c>trace info</c>: what a recording is and holds.</summary>
internal static class TraceInfoVerb
{
    private static readonly Argument<string> File = new("FILE") { Help = $"a .moetrace file" };

    public static Verb Create() => new(
        "info", $"shows what a recording holds", Run, json: true,
        examples: [new("moe-devtools trace info run.moetrace", $"Model, steps, decisions, columns, what is missing."), new("moe-devtools trace info run.moetrace --json", $"The same for a script.")])
    {
        File,
    };

    private static int Run(VerbContext context)
    {
        var path = context.Get(File);
        using var reader = TraceReader.Open(path, withoutLog: true);
        if (context.Json is { } json) WriteJson(json, reader);
        else Write(context.Screen, reader);
        return ExitCode.Ok;
    }

    private static void Write(Screen screen, TraceReader reader)
    {
        var (info, extent) = (reader.Info, reader.Extent());
        screen.WriteLine(new Styled(reader.Path, Tone.Heading));
        var facts = new Table(new Column($""), new Column($"") { GivesWay = 1, KeepsEnd = true });
        var bytes = new FileInfo(reader.Path).Length;
        Add($"recorded", $"{Word(info.Kind)}, {info.Created:yyyy-MM-dd HH:mm:ss} UTC, by {info.Writer}");
        if (info.Source is { } source) Add($"source", $"{source}");
        if (info.ModelType is { } family) Add($"family", $"{family}");
        Add($"state", reader.IsClosed ? (FormattableString)$"closed" : $"not closed: it is still recorded, or the recording was killed");
        Add($"size", extent.Decisions > 0 ? (FormattableString)$"{Numbers.Bytes(bytes)}, {Numbers.Real((double)bytes / extent.Decisions)} bytes a decision" : $"{Numbers.Bytes(bytes)}");
        Add($"steps", extent.Steps == 0 ? (FormattableString)$"none" : $"{extent.FirstStep} to {extent.LastStep}, {Numbers.Count(extent.Steps)} with data");
        Add($"decisions", $"{Numbers.Count(extent.Decisions)} in {Numbers.Count(extent.Batches)} batches");
        Add($"columns", extent.Columns == RoutingColumns.All ? (FormattableString)$"all" : $"{string.Join(", ", Columns(extent.Columns))}");
        Add($"sequences", $"{Numbers.Count(reader.Sequences().Count)}");
        Add($"tokens", $"{Numbers.Count(reader.Tokens().LongCount())}");
        Add($"stops", $"{Numbers.Count(reader.Stops().Count)}");
        Add($"interventions", $"{Numbers.Count(reader.Interventions().Count)}");
        Add($"anomalies", $"{Numbers.Count(reader.Anomalies().Count)}");
        facts.Write(screen);
        foreach (var drop in reader.Drops())
            screen.WriteParagraph(screen.Text($"missing: {Numbers.Count(drop.Rows)} decisions of steps {drop.FirstStep} to {drop.LastStep} ({drop.Reason})"), 2, Tone.Anomaly);
        foreach (var assumption in info.Assumptions) screen.WriteParagraph(assumption, 2, Tone.Dim);

        screen.WriteLine();
        var routers = new Table(new Column($"router") { GivesWay = 1, KeepsEnd = true, MinWidth = 12 }, new Column($"experts", Align.Right), new Column($"k", Align.Right), new Column($"recorded"));
        foreach (var router in reader.Routers)
            routers.Add(router.Name, Numbers.Count(router.Experts), Numbers.Count(router.Rule.K), reader.RecordedColumns(router.Index) == RoutingColumns.None ? screen.Text($"no") : screen.Text($"yes"));
        routers.Write(screen, limit: 16, showAll: screen.Text($"--json lists all"));

        void Add(FormattableString head, FormattableString text) => facts.Add(screen.Text(head), screen.Text(text));
    }

    private static void WriteJson(JsonLines json, TraceReader reader)
    {
        var (info, extent) = (reader.Info, reader.Extent());
        json.Write("trace", fields =>
        {
            fields.WriteString("file", reader.Path);
            fields.WriteString("recorded", Word(info.Kind));
            fields.WriteString("writer", info.Writer);
            fields.WriteString("created", info.Created.ToString("O", CultureInfo.InvariantCulture));
            if (info.Source is { } source) fields.WriteString("source", source);
            if (info.ModelType is { } family) fields.WriteString("model_type", family);
            fields.WriteBoolean("closed", reader.IsClosed);
            fields.WriteNumber("bytes", new FileInfo(reader.Path).Length);
            fields.WriteNumber("steps", extent.Steps);
            if (extent.Steps > 0)
            {
                fields.WriteNumber("first_step", extent.FirstStep);
                fields.WriteNumber("last_step", extent.LastStep);
            }
            fields.WriteNumber("batches", extent.Batches);
            fields.WriteNumber("decisions", extent.Decisions);
            fields.WriteStartArray("columns");
            foreach (var column in Columns(extent.Columns)) fields.WriteStringValue(column);
            fields.WriteEndArray();
            fields.WriteNumber("sequences", reader.Sequences().Count);
            fields.WriteNumber("tokens", reader.Tokens().LongCount());
            fields.WriteNumber("stops", reader.Stops().Count);
            fields.WriteNumber("interventions", reader.Interventions().Count);
            fields.WriteNumber("anomalies", reader.Anomalies().Count);
            fields.WriteStartArray("assumptions");
            foreach (var assumption in info.Assumptions) fields.WriteStringValue(assumption);
            fields.WriteEndArray();
        });
        foreach (var drop in reader.Drops())
        {
            json.Write("drop", fields =>
            {
                fields.WriteNumber("first_step", drop.FirstStep);
                fields.WriteNumber("last_step", drop.LastStep);
                fields.WriteNumber("decisions", drop.Rows);
                fields.WriteString("reason", drop.Reason);
            });
        }
        foreach (var router in reader.Routers)
        {
            json.Write("router", fields =>
            {
                fields.WriteString("router", router.Name);
                fields.WriteString("stack", router.Id.Stack);
                fields.WriteNumber("layer", router.Id.Layer);
                fields.WriteNumber("experts", router.Experts);
                fields.WriteNumber("k", router.Rule.K);
                fields.WriteString("rule", router.Rule.Describe());
            });
        }
    }

    private static string Word(TraceKind kind) => kind.ToString().ToLowerInvariant();

    private static IEnumerable<string> Columns(RoutingColumns columns) => ColumnNames.All.Where(c => (columns & c.Column) != 0).Select(c => c.Name);
}
