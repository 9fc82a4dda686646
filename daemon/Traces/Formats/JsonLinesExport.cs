using System.Text.Encodings.Web;
using System.Text.Json;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>JSONL: an object a decision. What is unknown is left out; NaN and infinities are strings.</summary>
internal sealed class JsonLinesExport : IExporter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Name => "jsonl";

    public string Description => "an object a decision";

    public void Write(ExportTable table, Stream into, CancellationToken cancelled)
    {
        var buffered = new BufferedStream(into, 1 << 16);    // not disposed: the stream below belongs to the caller
        using var json = new Utf8JsonWriter(buffered, Options);
        foreach (var pass in table.Passes(table.Columns, cancelled))
        {
            foreach (var batch in pass.Batches)
            {
                if (batch is null) continue;
                for (var row = 0; row < batch.Tokens; row++)
                {
                    if (!batch.IsToken(row)) continue;
                    Decision(json, batch, row, table.Columns & batch.Present);
                    json.Flush();
                    json.Reset();
                    buffered.WriteByte((byte)'\n');
                }
            }
        }
        buffered.Flush();
    }

    private static void Decision(Utf8JsonWriter json, RoutingBatch batch, int row, RoutingColumns columns)
    {
        var (pass, rows) = (batch.Pass, batch.Pass.Rows);
        json.WriteStartObject();
        json.WriteNumber("step", pass.Step);
        json.WriteNumber("pass", pass.Pass);
        json.WriteNumber("rank", pass.Rank);
        json.WriteString("phase", pass.Phase.Word());
        json.WriteString("router", batch.Router.Name);
        json.WriteNumber("layer", batch.Router.Id.Layer);
        json.WriteNumber("sequence", rows.Sequence[row]);
        json.WriteNumber("position", rows.Position[row]);
        if (rows.TokenId[row] >= 0) json.WriteNumber("token_id", rows.TokenId[row]);
        if (rows.Text[row] is { } text) json.WriteString("text", text);
        if (rows.Label[row] is { } label) json.WriteString("label", label);
        if (columns.HasFlag(RoutingColumns.SelectedExperts))
        {
            json.WriteStartArray("selected_experts");
            foreach (var e in batch.ExpertsOf(row)) json.WriteNumberValue(e);
            json.WriteEndArray();
        }
        if (columns.HasFlag(RoutingColumns.RoutingWeights)) Reals(json, "routing_weights", batch.WeightsOf(row));
        if (columns.HasFlag(RoutingColumns.RouterLogits)) Reals(json, "router_logits", batch.LogitsOf(row));
        if (columns.HasFlag(RoutingColumns.RouterScores)) Reals(json, "router_scores", batch.ScoresOf(row));
        if (columns.HasFlag(RoutingColumns.SelectionScores)) Reals(json, "selection_scores", batch.SelectionOf(row));
        json.WriteEndObject();
    }

    private static void Reals(Utf8JsonWriter json, string name, Span<float> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            if (float.IsFinite(value)) json.WriteNumberValue(value);
            else json.WriteStringValue(float.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
        json.WriteEndArray();
    }
}
