using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace MoeDevtools.Tests.Capture;

/// <summary>Reads the arrays of a numpy .npz that the known answers use: little-endian f4, i1, i2, C order.</summary>
internal sealed partial class Npz(string path)
{
    public float[] Floats(string name)
    {
        var (type, data) = Read(name);
        Assert.Equal("<f4", type);
        return MemoryMarshal.Cast<byte, float>(data).ToArray();
    }

    public int[] Ints(string name)
    {
        var (type, data) = Read(name);
        return type switch
        {
            "|i1" => [.. data.Select(b => (int)(sbyte)b)],
            "<i2" => [.. MemoryMarshal.Cast<byte, short>(data).ToArray().Select(i => (int)i)],
            _ => throw new InvalidDataException(type),
        };
    }

    private (string Type, byte[] Data) Read(string name)
    {
        using var zip = ZipFile.OpenRead(path);
        using var stream = (zip.GetEntry(name + ".npy") ?? throw new FileNotFoundException(name)).Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var all = bytes.ToArray();
        var header = 10 + BitConverter.ToUInt16(all, 8);
        return (Descr().Match(Encoding.ASCII.GetString(all, 10, header - 10)).Groups[1].Value, all[header..]);
    }

    [GeneratedRegex("'descr': '([^']+)'")]
    private static partial Regex Descr();
}
