using System.Globalization;
using System.IO.Compression;
using System.Text;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>An .npz that numpy opens without pickles: arrays over [rows, routers, ...], deflated. <see cref="PlainArrays"/> reads it back equal.</summary>
internal sealed class NpzExport : IExporter
{
    // The same trace gives the same bytes; a zip cannot say "no time".
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Name => "npz";

    public string Description => "numpy arrays [rows, routers, k] and [rows]";

    public void Write(ExportTable table, Stream into, CancellationToken cancelled)
    {
        using var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, ExportArray.Texts("layout", ["tokens,layers,k"]));
        Add(zip, ExportArray.Texts("routers", [.. table.Routers.Select(r => r.Name)]));
        Add(zip, ExportArray.Texts("stacks", [.. table.Routers.Select(r => r.Id.Stack)]));
        foreach (var array in ExportArray.Of(table, cancelled)) Add(zip, array);
    }

    private static void Add(ZipArchive zip, ExportArray array)
    {
        var entry = zip.CreateEntry(array.Name + ".npy", CompressionLevel.Fastest);
        entry.LastWriteTime = NoTime;
        using var stream = entry.Open();
        stream.Write(Header(array.Type, array.Shape));
        array.Write(stream);
    }

    /// <summary>Version 1, so long that the data begins at a multiple of 64 bytes.</summary>
    internal static byte[] Header(string type, IReadOnlyList<long> shape)
    {
        var axes = string.Join(", ", shape.Select(n => n.ToString(CultureInfo.InvariantCulture)));
        var text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({axes}{(shape.Count == 1 ? "," : "")}), }}";
        text = text.PadRight((text.Length + 1 + 10 + 63) / 64 * 64 - 11) + "\n";
        return [.. NpyHeader.Magic, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. Encoding.Latin1.GetBytes(text)];
    }
}
