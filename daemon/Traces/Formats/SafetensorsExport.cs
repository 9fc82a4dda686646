using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace MoeDevtools.Traces.Formats;

/// <summary>A safetensors file: the same arrays as the npz, and the routers' names as <c>__metadata__</c>.</summary>
internal sealed class SafetensorsExport : IExporter
{
    public string Name => "safetensors";

    public string Description => "the arrays of npz as tensors; router names are metadata";

    public void Write(ExportTable table, Stream into, CancellationToken cancelled)
    {
        var arrays = ExportArray.Of(table, cancelled).ToList();
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "moe-devtools routing");
            json.WriteString("layout", "tokens,layers,k");
            for (var i = 0; i < table.Routers.Count; i++)
            {
                json.WriteString(string.Create(CultureInfo.InvariantCulture, $"router.{i}"), table.Routers[i].Name);
                json.WriteString(string.Create(CultureInfo.InvariantCulture, $"stack.{i}"), table.Routers[i].Id.Stack);
            }
            json.WriteEndObject();
            long at = 0;
            foreach (var array in arrays)
            {
                json.WriteStartObject(array.Name);
                json.WriteString("dtype", TypeName(array.Type));
                json.WriteStartArray("shape");
                foreach (var n in array.Shape) json.WriteNumberValue(n);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += array.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');    // so that tensors are aligned
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        into.Write(length);
        header.WriteTo(into);
        foreach (var array in arrays) array.Write(into);
    }

    private static string TypeName(string type) => type switch
    {
        "<f4" => "F32",
        "<i2" => "I16",
        "<i4" => "I32",
        "<i8" => "I64",
        "|b1" => "BOOL",
        _ => "I8",
    };
}
