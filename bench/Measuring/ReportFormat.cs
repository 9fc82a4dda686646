namespace MoeDevtools.Bench.Measuring;

internal enum ReportFormat
{
    /// <summary>Columns, for a terminal.</summary>
    Table,

    /// <summary>A JSON line a figure.</summary>
    Json,

    /// <summary>The table of docs/benchmarks.md.</summary>
    Markdown,
}
