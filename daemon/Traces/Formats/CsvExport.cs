using System.Globalization;
using System.Text;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>CSV (RFC 4180): a line a decision. An empty cell is an empty slot, or a value that was not recorded.</summary>
internal sealed class CsvExport : IExporter
{
    public string Name => "csv";

    public string Description => "a line a decision";

    public void Write(ExportTable table, Stream into, CancellationToken cancelled)
    {
        using var writer = new StreamWriter(into, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true) { NewLine = "\r\n" };
        var line = new StringBuilder("step,pass,rank,phase,router,layer,sequence,position,token_id");
        Head(line, table, RoutingColumns.SelectedExperts, "expert", table.Slots);
        Head(line, table, RoutingColumns.RoutingWeights, "weight", table.Slots);
        Head(line, table, RoutingColumns.RouterLogits, "logit", table.Experts);
        Head(line, table, RoutingColumns.RouterScores, "score", table.Experts);
        Head(line, table, RoutingColumns.SelectionScores, "selection", table.Experts);
        writer.WriteLine(line);
        foreach (var pass in table.Passes(table.Columns, cancelled))
        {
            foreach (var batch in pass.Batches)
            {
                if (batch is null) continue;
                for (var row = 0; row < batch.Tokens; row++)
                    if (batch.IsToken(row)) writer.WriteLine(Line(line.Clear(), table, batch, row));
            }
        }
    }

    private static void Head(StringBuilder line, ExportTable table, RoutingColumns column, string name, int count)
    {
        if (!table.Columns.HasFlag(column)) return;
        for (var i = 0; i < count; i++) line.Append(CultureInfo.InvariantCulture, $",{name}_{i}");
    }

    private static StringBuilder Line(StringBuilder line, ExportTable table, RoutingBatch batch, int row)
    {
        var (pass, rows) = (batch.Pass, batch.Pass.Rows);
        line.Append(CultureInfo.InvariantCulture, $"{pass.Step},{pass.Pass},{pass.Rank},{pass.Phase.Word()},{Quoted(batch.Router.Name)},{batch.Router.Id.Layer},{rows.Sequence[row]},{rows.Position[row]},");
        if (rows.TokenId[row] >= 0) line.Append(CultureInfo.InvariantCulture, $"{rows.TokenId[row]}");
        if (table.Columns.HasFlag(RoutingColumns.SelectedExperts))
        {
            var ids = batch.ExpertsOf(row);
            for (var j = 0; j < table.Slots; j++)
            {
                line.Append(',');
                if (j < ids.Length && ids[j] >= 0) line.Append(CultureInfo.InvariantCulture, $"{ids[j]}");
            }
        }
        Reals(line, table, RoutingColumns.RoutingWeights, batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row) : default, table.Slots);
        Reals(line, table, RoutingColumns.RouterLogits, batch.Has(RoutingColumns.RouterLogits) ? batch.LogitsOf(row) : default, table.Experts);
        Reals(line, table, RoutingColumns.RouterScores, batch.Has(RoutingColumns.RouterScores) ? batch.ScoresOf(row) : default, table.Experts);
        Reals(line, table, RoutingColumns.SelectionScores, batch.Has(RoutingColumns.SelectionScores) ? batch.SelectionOf(row) : default, table.Experts);
        return line;
    }

    private static void Reals(StringBuilder line, ExportTable table, RoutingColumns column, Span<float> values, int count)
    {
        if (!table.Columns.HasFlag(column)) return;
        for (var i = 0; i < count; i++)
        {
            line.Append(',');
            if (i < values.Length) line.Append(values[i].ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
