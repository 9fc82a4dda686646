namespace MoeDevtools.Traces.Formats;

/// <summary>Writes one format.</summary>
internal interface IExporter
{
    /// <summary>As <c>--format</c> names it.</summary>
    string Name { get; }

    /// <summary>A phrase for help and docs.</summary>
    string Description { get; }

    /// <summary>Reads the trace once a column or once in all; memory does not grow with it.</summary>
    void Write(ExportTable table, Stream into, CancellationToken cancelled);
}
