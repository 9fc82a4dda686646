using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MoeDevtools.Wire;

/// <summary>
/// A message of columns, as probes send them (docs/probe-protocol.md): the length of the head (4 bytes, little-endian), the head in JSON, then the columns one after the other, each on a
/// multiple of 8 bytes. Numbers are little-endian. Checked as a whole when it is read. Immutable.
/// </summary>
public sealed class BinaryMessage
{
    public const string ContentType = "application/vnd.moe-devtools.routing";

    private const int Alignment = 8;
    private const int MostColumns = 64;
    private const int MostAxes = 4;

    private readonly byte[] _body;
    private readonly Dictionary<string, Column> _columns = new(StringComparer.Ordinal);

    private BinaryMessage(byte[] body, JsonElement head) => (_body, Head) = (body, head);

    /// <summary>An object; its member <c>columns</c> is read already.</summary>
    public JsonElement Head { get; }

    /// <param name="body">Of a message; kept.</param>
    /// <exception cref="FramingException">It is no binary message.</exception>
    public static BinaryMessage Read(byte[] body)
    {
        if (body.Length < 4) throw new FramingException("a binary message is shorter than the length of its head");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(body);
        var at = 4 + (long)length;
        if (at > body.Length || at % Alignment != 0) throw new FramingException("the head of a binary message ends outside it, or not on a multiple of 8 bytes");
        var message = new BinaryMessage(body, HeadOf(body.AsMemory(4, (int)length)));
        List<(string Name, string Dtype, int[] Shape)> columns;
        try
        {
            columns = ColumnsOf(message.Head);
        }
        catch (InvalidOperationException)
        {
            throw new FramingException("the head of a binary message has a string that is no Unicode");
        }
        foreach (var (name, dtype, shape) in columns)
        {
            var size = dtype switch { "f32" or "i32" => 4, "u8" => 1, _ => throw new FramingException($"column {name} of a binary message has a dtype that there is not") };
            long count = 1;
            foreach (var axis in shape) count = axis > 0 && count > int.MaxValue / axis ? throw new FramingException($"column {name} of a binary message is too long") : count * axis;
            if (at + count * size > body.Length) throw new FramingException($"column {name} of a binary message ends outside it");
            if (!message._columns.TryAdd(name, new Column(dtype, shape, (int)at, (int)(count * size)))) throw new FramingException($"column {name} of a binary message is there twice");
            at = (at + count * size + Alignment - 1) / Alignment * Alignment;
        }
        // The padding of the last column may be left out.
        if (at < body.Length) throw new FramingException("a binary message goes on after its columns");
        return message;
    }

    /// <summary>What is sent for these columns.</summary>
    /// <param name="head">Writes the members of the head but <c>columns</c>.</param>
    public static byte[] Write(Action<Utf8JsonWriter> head, params IReadOnlyList<WrittenColumn> columns)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            head(writer);
            writer.WriteStartArray("columns");
            foreach (var column in columns)
            {
                writer.WriteStartObject();
                writer.WriteString("name", column.Name);
                writer.WriteString("dtype", column.Dtype);
                writer.WriteStartArray("shape");
                foreach (var axis in column.Shape) writer.WriteNumberValue(axis);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        var start = Aligned(4 + (int)json.Length);
        var body = new byte[columns.Aggregate(start, (at, column) => at + Aligned(column.Bytes.Length))];
        BinaryPrimitives.WriteUInt32LittleEndian(body, (uint)(start - 4));
        json.GetBuffer().AsSpan(0, (int)json.Length).CopyTo(body.AsSpan(4));
        body.AsSpan(4 + (int)json.Length, start - 4 - (int)json.Length).Fill((byte)' ');
        var offset = start;
        foreach (var column in columns)
        {
            column.Bytes.Span.CopyTo(body.AsSpan(offset));
            offset += Aligned(column.Bytes.Length);
        }
        return body;
    }

    public bool Has(string column) => _columns.ContainsKey(column);

    /// <summary>The shape of a column; null where there is none.</summary>
    public IReadOnlyList<int>? ShapeOf(string column) => _columns.GetValueOrDefault(column)?.Shape;

    /// <summary>A column of reals <paramref name="shape"/>; empty where there is none.</summary>
    /// <exception cref="FramingException">It has another dtype or shape.</exception>
    public ReadOnlySpan<float> Floats(string column, params scoped ReadOnlySpan<int> shape) => MemoryMarshal.Cast<byte, float>(Bytes(column, "f32", shape));

    /// <summary>A column of integers; otherwise as <see cref="Floats"/>.</summary>
    /// <exception cref="FramingException"/>
    public ReadOnlySpan<int> Ints(string column, params scoped ReadOnlySpan<int> shape) => MemoryMarshal.Cast<byte, int>(Bytes(column, "i32", shape));

    /// <summary>A column of bytes; otherwise as <see cref="Floats"/>.</summary>
    /// <exception cref="FramingException"/>
    public ReadOnlySpan<byte> Bytes(string column, params scoped ReadOnlySpan<int> shape) => Bytes(column, "u8", shape);

    private static int Aligned(int at) => (at + Alignment - 1) / Alignment * Alignment;

    private static JsonElement HeadOf(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json.RootElement.Clone();
        }
        catch (JsonException)
        {
        }
        throw new FramingException("the head of a binary message is no JSON object");
    }

    private static List<(string Name, string Dtype, int[] Shape)> ColumnsOf(JsonElement head)
    {
        if (!head.TryGetProperty("columns", out var columns) || columns.ValueKind != JsonValueKind.Array || columns.GetArrayLength() > MostColumns) throw Malformed();
        return [.. columns.EnumerateArray().Select(column => column.ValueKind == JsonValueKind.Object && column.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
            && column.TryGetProperty("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String
            && column.TryGetProperty("shape", out var shape) && shape.ValueKind == JsonValueKind.Array && shape.GetArrayLength() <= MostAxes
            ? (name.GetString()!, dtype.GetString()!, shape.EnumerateArray().Select(axis => axis.ValueKind == JsonValueKind.Number && axis.TryGetInt32(out var n) && n >= 0 ? n : throw Malformed()).ToArray())
            : throw Malformed())];

        static FramingException Malformed() => new("the columns of a binary message are no list of names, dtypes and shapes");
    }

    private ReadOnlySpan<byte> Bytes(string name, string dtype, scoped ReadOnlySpan<int> shape)
    {
        if (!_columns.TryGetValue(name, out var column)) return [];
        if (column.Dtype != dtype || !shape.SequenceEqual(column.Shape))
            throw new FramingException($"column {name} is {column.Dtype} [{string.Join(", ", column.Shape)}] and not {dtype} [{string.Join(", ", shape.ToArray())}]");
        return _body.AsSpan(column.Start, column.Length);
    }

    private sealed record Column(string Dtype, int[] Shape, int Start, int Length);
}
