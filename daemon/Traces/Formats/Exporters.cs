using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>The exporters. A new format is one file and one line here.</summary>
public static class Exporters
{
    private static readonly IExporter[] Known = [new NpzExport(), new SafetensorsExport(), new CsvExport(), new JsonLinesExport()];

    /// <summary>Name and description of each.</summary>
    public static IReadOnlyList<(string Name, string Description)> All { get; } = [.. Known.Select(e => (e.Name, e.Description))];

    /// <summary>Writes a trace in the format <paramref name="format"/>.</summary>
    /// <param name="into">Owned by the caller; written from its start to its end, and not read.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="UserError">No such format, or the trace has no decisions.</exception>
    public static ExportReport Export(TraceReader trace, string format, ExportOptions options, Stream into, CancellationToken cancelled)
    {
        var exporter = Known.FirstOrDefault(e => e.Name == format)
            ?? throw new UserError("MOE7330", $"there is no export format {format}.", $"Formats: {string.Join(", ", Known.Select(e => e.Name))}.");
        var table = ExportTable.Of(trace, options, cancelled);
        exporter.Write(table, into, cancelled);
        return new ExportReport(table.Rows, table.Routers.Count, table.Columns, table.Changed);
    }
}
