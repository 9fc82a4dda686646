using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>A trace as rows (tokens of passes) by routers, as exporters write it. Counted once, then read pass by pass as often as it takes.</summary>
internal sealed class ExportTable
{
    private readonly TraceReader _trace;
    private readonly int[] _indices;    // of the routers in the trace

    private ExportTable(TraceReader trace, ExportOptions options)
    {
        _trace = trace;
        Routers = [.. trace.Routers.Where(r => options.Routers.Count == 0 || options.Routers.Contains(r.Index))];
        _indices = [.. Routers.Select(r => r.Index)];
    }

    public TraceInfo Info => _trace.Info;

    public IReadOnlyList<RouterInfo> Routers { get; }

    /// <summary>Rows of all passes, padding included.</summary>
    public long Rows { get; private set; }

    /// <summary>Slots of the widest batch.</summary>
    public int Slots { get; private set; }

    /// <summary>N of the widest router.</summary>
    public int Experts => Routers.Max(r => r.Experts);

    public RoutingColumns Columns { get; private set; }

    public long Changed { get; private set; }

    /// <summary>Every router saw every row.</summary>
    public bool IsFull { get; private set; } = true;

    public bool HasPadding { get; private set; }

    /// <exception cref="UserError">There are no decisions.</exception>
    public static ExportTable Of(TraceReader trace, ExportOptions options, CancellationToken cancelled)
    {
        var table = new ExportTable(trace, options);
        foreach (var pass in table.Passes(RoutingColumns.SelectedExperts, cancelled))
        {
            table.Rows += pass.Rows.Count;
            table.IsFull &= pass.Batches.All(b => b is not null);
            table.HasPadding |= pass.Rows.Padding.AsSpan(0, pass.Rows.Count).Contains(true);
            foreach (var batch in pass.Batches)
            {
                if (batch is null) continue;
                table.Slots = Math.Max(table.Slots, batch.Slots);
                if (batch.Before is not null) table.Changed++;
            }
        }
        if (table.Rows == 0)
            throw new UserError("MOE7331", $"{trace.Path} holds no decisions of these routers.", $"A trace of loads alone has nothing to export; trace info says what it holds.");
        // A column counts only where every batch has it whose router has such a column: half of one would be filled with numbers that nobody recorded.
        table.Columns = trace.Extent().Columns & options.Columns;
        foreach (var pass in table.Passes(table.Columns, cancelled))
            foreach (var batch in pass.Batches)
                if (batch is not null) table.Columns &= batch.Present | ~batch.Router.Rule.Columns;
        return table;
    }

    /// <inheritdoc cref="TracePass.Read(TraceReader, IReadOnlyList{int}, RoutingColumns, CancellationToken)"/>
    public IEnumerable<TracePass> Passes(RoutingColumns columns, CancellationToken cancelled) => TracePass.Read(_trace, _indices, columns, cancelled);
}
