using System.CommandLine;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Host.Verbs.Traces;

/// <summary><c>trace export</c>: decisions of a recording for other tools.</summary>
internal static class TraceExportVerb
{
    private static readonly Argument<string> File = new("FILE") { Help = $"a .moetrace file" };
    private static readonly Option<string> Output = new("--output", "-o") { HelpName = "FILE", Help = $"write it there", Required = true };
    private static readonly Option<string> Format = new("--format") { HelpName = "NAME", Help = $"{string.Join(", ", Exporters.All.Select(e => e.Name))}", Required = true };
    private static readonly Option<string?> Columns = new("--columns") { HelpName = "LIST", Help = $"what is written (selected_experts,routing_weights): {ColumnNames.Words}" };
    private static readonly Option<string[]> Routers = new("--routers") { HelpName = "GLOB", Help = $"only these routers", Arity = ArgumentArity.OneOrMore };

    public static Verb Create() => new(
        "export", $"writes the decisions of a recording for other tools", Run, json: true,
        examples:
        [
            new("moe-devtools trace export run.moetrace --format npz -o run.npz", $"Arrays for numpy; import reads them back."),
            new("moe-devtools trace export run.moetrace --format csv --columns all --routers \"*.3.*\" -o run.csv", $"Every column of one layer."),
        ])
    {
        File, Output, Format, Columns, Routers,
    };

    private static int Run(VerbContext context)
    {
        var (path, target) = (context.Get(File), context.Get(Output)!);
        using var reader = TraceReader.Open(path, withoutLog: true);
        var indices = new SortedSet<int>();
        foreach (var glob in context.Get(Routers) ?? [])
        {
            var matches = RouterNames.Match(glob, reader.Routers);
            if (matches.Count == 0)
                throw new UserError("MOE9355", $"--routers \"{glob}\" names no router of {path}.", $"Nearest: {string.Join(", ", RouterNames.Nearest(glob, reader.Routers))}.");
            indices.UnionWith(matches.Select(r => r.Index));
        }
        var options = new ExportOptions { Routers = [.. indices] };
        if (context.Get(Columns) is { } list) options = options with { Columns = ColumnNames.Parse(list) };
        if (Path.GetFullPath(target) == Path.GetFullPath(path))
            throw new UserError("MOE9356", $"{target} is the recording itself.", $"Name another file with -o.");
        ExportReport report = null!;
        AtomicFile.Write(target, stream => report = Exporters.Export(reader, context.Get(Format)!, options, stream, context.Cancel));

        var columns = ColumnNames.All.Where(c => report.Columns.HasFlag(c.Column)).Select(c => c.Name).ToList();
        if (context.Json is { } json)
        {
            json.Write("exported", fields =>
            {
                fields.WriteString("file", target);
                fields.WriteString("format", context.Get(Format)!);
                fields.WriteNumber("rows", report.Rows);
                fields.WriteNumber("exported_routers", report.Routers);
                fields.WriteStartArray("columns");
                foreach (var column in columns) fields.WriteStringValue(column);
                fields.WriteEndArray();
                fields.WriteNumber("changed_batches", report.Changed);
            });
            return ExitCode.Ok;
        }
        context.Screen.WriteParagraph(context.Screen.Text($"{target}: {Numbers.Bytes(new FileInfo(target).Length)}, rows: {Numbers.Count(report.Rows)}, routers: {Numbers.Count(report.Routers)}, {string.Join(", ", columns)}"));
        if (report.Changed > 0) context.Screen.WriteParagraph(context.Screen.Text($"changed by interventions: {Numbers.Count(report.Changed)} batches; what they were before is in the recording alone"), 2, Tone.Dim);
        var missing = ColumnNames.All.Where(c => options.Columns.HasFlag(c.Column) && !report.Columns.HasFlag(c.Column)).Select(c => c.Name).ToList();
        if (missing.Count > 0 && (context.Has(Columns) || columns.Count == 0)) context.Screen.WriteParagraph(context.Screen.Text($"not in every batch of the recording, so left out: {string.Join(", ", missing)}"), 2, Tone.Dim);
        return ExitCode.Ok;
    }
}
