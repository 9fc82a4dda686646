using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>Writes .npy and .npz files as numpy does, in every order and dtype.</summary>
internal static class NumpyFiles
{
    /// <param name="descr">For example <c>&lt;i2</c>.</param>
    /// <param name="values">In C order.</param>
    public static byte[] Npy(string descr, int[] shape, IReadOnlyList<double> values, bool fortran = false, int version = 1)
    {
        var stored = new double[values.Count];
        if (!fortran) stored = [.. values];
        else
        {
            for (var i = 0; i < values.Count; i++)
            {
                int rest = i, at = 0;
                for (var axis = shape.Length - 1; axis >= 0; axis--)
                {
                    var index = rest % shape[axis];
                    rest /= shape[axis];
                    at += index * shape[..axis].Aggregate(1, (p, n) => p * n);
                }
                stored[at] = values[i];
            }
        }
        var size = descr[2] - '0';
        var data = new byte[stored.Length * size];
        for (var i = 0; i < stored.Length; i++) Element(descr, stored[i], data.AsSpan(i * size, size));
        return Raw(Header(descr, shape, fortran), data, version);
    }

    public static byte[] Raw(string header, byte[] data, int version = 1)
    {
        var text = Encoding.UTF8.GetBytes(header + "\n");
        byte[] length = version == 1 ? [(byte)text.Length, (byte)(text.Length >> 8)] : [(byte)text.Length, (byte)(text.Length >> 8), 0, 0];
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. data];
    }

    public static string Header(string descr, int[] shape, bool fortran = false) =>
        $"{{'descr': '{descr}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': ({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")}), }}";

    public static byte[] Npz(CompressionLevel level, params (string Name, byte[] Npy)[] arrays)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, npy) in arrays)
            {
                using var stream = zip.CreateEntry(name + ".npy", level).Open();
                stream.Write(npy);
            }
        }
        return bytes.ToArray();
    }

    private static void Element(string descr, double value, Span<byte> into)
    {
        switch (descr[1])
        {
            case 'f' when into.Length == 2: BinaryPrimitives.WriteHalfLittleEndian(into, (Half)value); break;
            case 'f' when into.Length == 4: BinaryPrimitives.WriteSingleLittleEndian(into, (float)value); break;
            case 'f': BinaryPrimitives.WriteDoubleLittleEndian(into, value); break;
            default:
                var whole = (long)value;
                for (var i = 0; i < into.Length; i++) into[i] = (byte)(whole >> (8 * i));
                break;
        }
        if (descr[0] == '>') into.Reverse();
    }
}
