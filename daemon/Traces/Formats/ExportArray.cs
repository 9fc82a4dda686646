using System.Buffers.Binary;
using System.Text;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>One array of an export: its name, type and shape, and how its bytes (little-endian, C order) are written.</summary>
/// <param name="Type">Of numpy: <c>&lt;i2</c>, <c>&lt;f4</c>, <c>|b1</c>, <c>&lt;U24</c>.</param>
internal sealed record ExportArray(string Name, string Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    /// <summary>Bytes of an element.</summary>
    public int Size => Type[1] == 'U' ? 4 * int.Parse(Type.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture) : Type[2] - '0';

    public long Bytes => Shape.Aggregate(1L, (product, n) => checked(product * n)) * Size;

    /// <summary>The arrays of a table: what routers decided, then where, then what the routers are.</summary>
    public static IEnumerable<ExportArray> Of(ExportTable table, CancellationToken cancelled)
    {
        long[] wide(int last) => [table.Rows, table.Routers.Count, last];
        var (slots, experts) = (table.Slots, table.Experts);
        var byId = experts <= short.MaxValue + 1 ? "<i2" : "<i4";
        if (table.Columns.HasFlag(RoutingColumns.SelectedExperts))
            yield return new("selected_experts", byId, wide(slots), Values(table, RoutingColumns.SelectedExperts, byId, slots, (batch, row, into) =>
            {
                into.Fill(-1);
                if (batch is null) return;
                var ids = batch.ExpertsOf(row);
                for (var j = 0; j < ids.Length; j++) into[j] = ids[j];
            }, cancelled));
        if (table.Columns.HasFlag(RoutingColumns.RoutingWeights))
            yield return new("routing_weights", "<f4", wide(slots), Values(table, RoutingColumns.RoutingWeights, "<f4", slots, (batch, row, into) => Reals(batch is null ? default : batch.WeightsOf(row), 0, into), cancelled));
        if (table.Columns.HasFlag(RoutingColumns.RouterLogits))
            yield return new("router_logits", "<f4", wide(experts), Values(table, RoutingColumns.RouterLogits, "<f4", experts, (batch, row, into) => Reals(batch is null ? default : batch.LogitsOf(row), double.NaN, into), cancelled));
        if (table.Columns.HasFlag(RoutingColumns.RouterScores))
            yield return new("router_scores", "<f4", wide(experts), Values(table, RoutingColumns.RouterScores, "<f4", experts, (batch, row, into) => Reals(batch is null ? default : batch.ScoresOf(row), double.NaN, into), cancelled));
        if (table.Columns.HasFlag(RoutingColumns.SelectionScores))
            yield return new("selection_scores", "<f4", wide(experts), Values(table, RoutingColumns.SelectionScores, "<f4", experts, (batch, row, into) => Reals(batch?.Has(RoutingColumns.SelectionScores) == true ? batch.SelectionOf(row) : default, double.NaN, into), cancelled));

        yield return Rows(table, "sequence", "<i4", (pass, row) => pass.Rows.Sequence[row], cancelled);
        yield return Rows(table, "position", "<i4", (pass, row) => pass.Rows.Position[row], cancelled);
        yield return Rows(table, "token_id", "<i4", (pass, row) => pass.Rows.TokenId[row], cancelled);
        yield return Rows(table, "step", "<i8", (pass, _) => pass.Place.Step, cancelled);
        yield return Rows(table, "pass", "<i4", (pass, _) => pass.Place.Pass, cancelled);
        yield return Rows(table, "rank", "<i4", (pass, _) => pass.Place.Rank, cancelled);
        yield return Rows(table, "phase", "<i1", (pass, _) => (int)pass.Place.Phase, cancelled);
        if (table.HasPadding) yield return Rows(table, "padding", "|b1", (pass, row) => pass.Rows.Padding[row] ? 1 : 0, cancelled);
        if (!table.IsFull)
            yield return new("recorded", "|b1", [table.Rows, table.Routers.Count], Values(table, RoutingColumns.SelectedExperts, "|b1", 1, (batch, _, into) => into[0] = batch is null ? 0 : 1, cancelled));

        var routers = table.Routers;
        yield return new("layers", "<i4", [routers.Count, 2], stream => Numbers(stream, "<i4", [.. routers.SelectMany(r => new double[] { r.Id.Layer, r.Id.Ordinal })]));
        yield return new("experts_of_router", "<i4", [routers.Count], stream => Numbers(stream, "<i4", [.. routers.Select(r => (double)r.Experts)]));
        yield return new("k_of_router", "<i4", [routers.Count], stream => Numbers(stream, "<i4", [.. routers.Select(r => (double)r.Rule.K)]));
    }

    /// <summary>Texts as UTF-32, padded to the longest.</summary>
    public static ExportArray Texts(string name, IReadOnlyList<string> texts)
    {
        var bytes = texts.Select(Encoding.UTF32.GetBytes).ToList();
        var width = Math.Max(1, bytes.Max(b => b.Length) / 4);
        return new(name, FormattableString.Invariant($"<U{width}"), [texts.Count], stream =>
        {
            foreach (var text in bytes)
            {
                stream.Write(text);
                stream.Write(new byte[4 * width - text.Length]);
            }
        });
    }

    private delegate void FillRow(RoutingBatch? batch, int row, Span<double> into);

    private static Action<Stream> Values(ExportTable table, RoutingColumns column, string type, int width, FillRow fill, CancellationToken cancelled) => stream =>
    {
        foreach (var pass in table.Passes(column, cancelled))
        {
            var values = new double[pass.Rows.Count * table.Routers.Count * width];
            for (var row = 0; row < pass.Rows.Count; row++)
                for (var r = 0; r < table.Routers.Count; r++)
                    fill(pass.Batches[r], row, values.AsSpan((row * table.Routers.Count + r) * width, width));
            Numbers(stream, type, values);
        }
    };

    private static ExportArray Rows(ExportTable table, string name, string type, Func<TracePass, int, long> value, CancellationToken cancelled) => new(name, type, [table.Rows], stream =>
    {
        foreach (var pass in table.Passes(RoutingColumns.None, cancelled))
            Numbers(stream, type, [.. Enumerable.Range(0, pass.Rows.Count).Select(row => (double)value(pass, row))]);
    });

    private static void Reals(Span<float> values, double empty, Span<double> into)
    {
        into.Fill(empty);
        for (var i = 0; i < values.Length; i++) into[i] = values[i];
    }

    /// <summary>Doubles hold every i4 and f4 exactly, and steps up to 2^53.</summary>
    private static void Numbers(Stream stream, string type, double[] values)
    {
        var size = type[2] - '0';
        var bytes = new byte[values.Length * size];
        for (var i = 0; i < values.Length; i++)
        {
            var at = bytes.AsSpan(i * size);
            switch (type)
            {
                case "<f4": BinaryPrimitives.WriteSingleLittleEndian(at, (float)values[i]); break;
                case "<i2": BinaryPrimitives.WriteInt16LittleEndian(at, (short)values[i]); break;
                case "<i4": BinaryPrimitives.WriteInt32LittleEndian(at, (int)values[i]); break;
                case "<i8": BinaryPrimitives.WriteInt64LittleEndian(at, (long)values[i]); break;
                default: at[0] = (byte)values[i]; break;
            }
        }
        stream.Write(bytes);
    }
}
