using System.Globalization;
using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>Expert ids of a response as JSON carries them: nested lists, base64 of an .npy, or base64 of bare numbers with their dtype and shape beside them.</summary>
/// <param name="Tokens">T; the other axes are layers and k.</param>
/// <param name="Ids">[tokens, layers, k].</param>
/// <param name="Largest">The largest number of an unsigned dtype; null = it is signed, and -1 is -1.</param>
/// <param name="Form">How they are carried, for people.</param>
internal sealed record RoutedExperts(int Tokens, int Layers, int Slots, long[] Ids, long? Largest, string Form)
{
    /// <param name="where">Of the value, for messages.</param>
    /// <exception cref="UserError">It is none of these.</exception>
    public static RoutedExperts Read(JsonElement value, string where) => value.ValueKind switch
    {
        JsonValueKind.Array => Nested(value, where),
        JsonValueKind.String => Npy(Base64(value, where), where),
        JsonValueKind.Object when value.Has("data", out var data) && value.Text("dtype") is { } dtype && value.Has("shape", out var shape) => Bare(Base64(data, where), dtype, shape.Wholes() ?? [], where),
        _ => throw Wrong(where, "it is neither a list nor base64"),
    };

    /// <summary>Bare little-endian numbers.</summary>
    /// <exception cref="UserError">They do not fill the shape.</exception>
    public static RoutedExperts Bare(byte[] bytes, string dtype, int[] shape, string where)
    {
        var (descr, size) = dtype switch
        {
            "int8" => ("<i1", 1), "uint8" => ("<u1", 1), "int16" => ("<i2", 2), "uint16" => ("<u2", 2), "int32" => ("<i4", 4), "uint32" => ("<u4", 4), "int64" => ("<i8", 8),
            _ => throw Wrong(where, $"the dtype {dtype} is not one of ids"),
        };
        if (shape.Length != 3 || shape.Any(n => n < 1) || (decimal)shape[0] * shape[1] * shape[2] * size != bytes.Length)
            throw Wrong(where, FormattableString.Invariant($"{bytes.Length} bytes of {dtype} do not fill the shape [{string.Join(", ", shape)}]"));
        var text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape[0]}, {shape[1]}, {shape[2]}), }}\n");
        byte[] file = [.. NpyHeader.Magic, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. System.Text.Encoding.Latin1.GetBytes(text), .. bytes];
        return Npy(file, where) with { Form = $"base64 of {dtype} [{string.Join(", ", shape)}]" };
    }

    /// <exception cref="UserError">It is no base64.</exception>
    public static byte[] Base64(JsonElement value, string where)
    {
        try
        {
            if (value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes)) return bytes;
        }
        catch (InvalidOperationException)    // half of a surrogate pair
        {
        }
        throw Wrong(where, "it is no valid base64");
    }

    private static RoutedExperts Npy(byte[] file, string where)
    {
        if (!file.AsSpan().StartsWith(NpyHeader.Magic)) throw Wrong(where, "its base64 is no .npy");
        var array = NpyArray.Open(where, new MemoryStream(file));
        if (array.Shape.Count != 3 || !array.IsInteger || array.Header.Count == 0) throw Wrong(where, $"{array.Header.Describe()} is not [tokens, layers, k] of whole numbers");
        var ids = array.ReadAll(int.MaxValue);
        return new RoutedExperts(
            (int)array.Shape[0], (int)array.Shape[1], (int)array.Shape[2], ids,
            array.Header.Kind == NpyKind.Unsigned && array.Header.Size < 8 ? (1L << (8 * array.Header.Size)) - 1 : null, $"base64 of {array.Header.Describe()}");
    }

    private static RoutedExperts Nested(JsonElement value, string where)
    {
        int tokens = value.GetArrayLength(), layers = -1, slots = -1;
        var ids = new List<long>();
        foreach (var token in value.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Array || (layers >= 0 && token.GetArrayLength() != layers)) throw Wrong(where, "it is not [tokens, layers, k] of whole numbers");
            layers = token.GetArrayLength();
            foreach (var layer in token.EnumerateArray())
            {
                if (layer.Wholes() is not { } row || (slots >= 0 && row.Length != slots)) throw Wrong(where, "it is not [tokens, layers, k] of whole numbers");
                slots = row.Length;
                foreach (var id in row) ids.Add(id);
            }
        }
        if (ids.Count == 0) throw Wrong(where, "it is empty");
        return new RoutedExperts(tokens, layers, slots, [.. ids], null, string.Create(CultureInfo.InvariantCulture, $"nested lists [{tokens}, {layers}, {slots}]"));
    }

    private static UserError Wrong(string where, string what) =>
        new("MOE7260", $"{where} is not understood: {what}.", $"Check that the file holds the whole response, as the server sent it.");
}
