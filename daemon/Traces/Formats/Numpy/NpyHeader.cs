using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats.Numpy;

/// <summary>The header of an .npy array, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.</summary>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Fortran">The first axis is the fastest.</param>
/// <param name="DataStart">Where the elements begin.</param>
internal sealed partial record NpyHeader(NpyKind Kind, int Size, bool BigEndian, bool Fortran, IReadOnlyList<long> Shape, long DataStart)
{
    /// <summary>Longest header that is read: numpy's own limit for untrusted files is 10,000.</summary>
    private const int MostBytes = 1 << 16;

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Elements.</summary>
    public long Count { get; } = Product(Shape);

    /// <summary>As numpy writes it: <c>int16</c>, <c>&gt;float32</c>.</summary>
    public string TypeName => (BigEndian ? ">" : "") + Kind switch
    {
        NpyKind.Bool => "bool",
        NpyKind.Signed => $"int{Size * 8}",
        NpyKind.Unsigned => $"uint{Size * 8}",
        NpyKind.Real => $"float{Size * 8}",
        NpyKind.Text => $"text of {Size / 4}",
        _ => $"{Size} bytes",
    };

    /// <summary><c>int16 [40, 4, 4]</c>.</summary>
    public string Describe() => $"{TypeName} [{string.Join(", ", Shape.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]{(Fortran && Shape.Count > 1 ? " in Fortran order" : "")}";

    /// <param name="name">Of the array, for messages.</param>
    /// <param name="length">Bytes of the whole array file: its elements must fill the rest exactly.</param>
    /// <exception cref="UserError"/>
    public static NpyHeader Read(Stream stream, string name, long length)
    {
        Span<byte> start = stackalloc byte[12];
        var got = stream.ReadAtLeast(start[..10], 10, throwOnEndOfStream: false);
        if (got < 10 || !start.StartsWith(Magic)) throw Wrong(name, "it does not begin as an .npy array does");
        var version = start[6];
        if (version is < 1 or > 3) throw Wrong(name, FormattableString.Invariant($"its header has version {version}, and 1 to 3 are known"));
        long size = BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        var prefix = 10;
        if (version > 1)
        {
            if (stream.ReadAtLeast(start[10..], 2, throwOnEndOfStream: false) < 2) throw Wrong(name, "it ends in its header");
            size = BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
            prefix = 12;
        }
        if (size > MostBytes) throw Wrong(name, FormattableString.Invariant($"its header has {size} bytes"));
        var text = new byte[size];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length) throw Wrong(name, "it ends in its header");
        var header = Parse(name, (version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), prefix + size);
        var data = Checked(name, header.Count, header.Size);
        if (length - header.DataStart != data)
            throw Wrong(name, FormattableString.Invariant($"{header.Describe()} needs {data} bytes of data, and there are {length - header.DataStart}"));
        return header;
    }

    private static NpyHeader Parse(string name, string text, long dataStart)
    {
        if (HasFields().IsMatch(text)) throw Wrong(name, "its elements are records of several fields");
        var match = Header().Match(text);
        if (!match.Success) throw Wrong(name, "its header is not understood");
        var descr = match.Groups["descr"].Value;
        if (descr is "|O" or "O" or "=O" or "<O" or ">O")
            throw new UserError("MOE7202", $"{name} holds Python objects: it is a pickle.", $"Nothing here opens a pickle: save plain arrays, with numpy.savez and allow_pickle=False.");
        var type = Type().Match(descr);
        if (!type.Success || !int.TryParse(type.Groups["size"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var units)) throw Wrong(name, $"its dtype {descr} is not read");
        var (kind, size) = type.Groups["kind"].Value switch
        {
            "b" when units == 1 => (NpyKind.Bool, 1),
            "i" when units is 1 or 2 or 4 or 8 => (NpyKind.Signed, units),
            "u" when units is 1 or 2 or 4 or 8 => (NpyKind.Unsigned, units),
            "f" when units is 2 or 4 or 8 => (NpyKind.Real, units),
            "U" when units <= MostBytes => (NpyKind.Text, units * 4),
            "S" when units <= MostBytes => (NpyKind.Bytes, units),
            _ => throw Wrong(name, $"its dtype {descr} is not read"),
        };
        var shape = new List<long>();
        foreach (var part in match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            shape.Add(long.TryParse(part.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw Wrong(name, $"its shape has {part}"));
        if (shape.Count > 8) throw Wrong(name, FormattableString.Invariant($"it has {shape.Count} axes"));
        if (Product(shape) < 0) throw Wrong(name, "its shape is larger than any file");
        return new NpyHeader(kind, size, type.Groups["order"].Value == ">" && size > 1, match.Groups["order"].Value == "True", shape, dataStart);
    }

    /// <summary>-1 where it does not fit.</summary>
    private static long Product(IReadOnlyList<long> shape)
    {
        if (shape.Contains(0)) return 0;
        long product = 1;
        foreach (var n in shape)
        {
            if (product > long.MaxValue / n) return -1;
            product *= n;
        }
        return product;
    }

    private static long Checked(string name, long count, int size) =>
        size == 0 ? 0 : count <= long.MaxValue / size ? count * size : throw Wrong(name, "its shape is larger than any file");

    private static UserError Wrong(string name, string what) =>
        new("MOE7201", $"{name} is not an array that can be read: {what}.", $"Write it again with numpy.save or numpy.savez; integer and float dtypes are read.");

    [GeneratedRegex(@"^\{\s*'descr'\s*:\s*'(?<descr>[^']{1,16})'\s*,\s*'fortran_order'\s*:\s*(?<order>True|False)\s*,\s*'shape'\s*:\s*\((?<shape>[\d, L]*)\)\s*,?\s*\}\s*$")]
    private static partial Regex Header();

    [GeneratedRegex(@"'descr'\s*:\s*\[")]
    private static partial Regex HasFields();

    [GeneratedRegex(@"^(?<order>[<>|=]?)(?<kind>[a-zA-Z])(?<size>\d{1,6})$")]
    private static partial Regex Type();
}
