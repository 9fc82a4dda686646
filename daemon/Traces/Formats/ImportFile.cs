using System.Text;
using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>A file to import, opened as far as it takes to see what it is. Pickles are refused by name. One thread.</summary>
internal sealed class ImportFile : IDisposable
{
    private FileStream? _file;
    private NpyArray? _array;
    private NpzFile? _npz;
    private JsonElement? _first;
    private string? _firstLine;

    private ImportFile(string path, ImportFileKind kind) => (Path, Kind) = (path, kind);

    public string Path { get; }

    public ImportFileKind Kind { get; }

    /// <summary>Of an .npy file.</summary>
    public NpyArray Array => _array ??= NpyArray.Open(Path, _file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read));

    /// <summary>Of an .npz file.</summary>
    public NpzFile Npz => _npz ??= NpzFile.Open(Path);

    /// <summary>The first JSON value; the first element of a list.</summary>
    public JsonElement First => _first ??= JsonValues.Read(Path).FirstOrDefault();

    /// <summary>Of a CSV file.</summary>
    public string FirstLine => _firstLine ??= File.ReadLines(Path).FirstOrDefault() ?? "";

    /// <exception cref="UserError">It is not there, or no importer reads such files.</exception>
    public static ImportFile Open(string path)
    {
        var start = new byte[512];
        int length;
        try
        {
            if (Directory.Exists(path))
                throw new UserError("MOE7210", $"{path} is a folder.", $"Give the files in it.");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new UserError("MOE7211", $"{path} cannot be read: {cause.Message}", $"Check the path and its permissions.", cause);
        }
        var head = start.AsSpan(0, length);
        if (head.StartsWith(NpyHeader.Magic)) return new ImportFile(path, ImportFileKind.Npy);
        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8)) return new ImportFile(path, ImportFileKind.Npz);
        if (IsPickle(head))
            throw new UserError("MOE7212", $"{path} is a pickle.", $"Nothing here opens a pickle: where it was written, save its arrays with numpy.savez; docs/formats.md shows how.");
        if (head.StartsWith("SQLite format 3\0"u8))
            throw new UserError("MOE7213", $"{path} is a trace already, or another SQLite database.", $"Open it as it is: verbs take a trace where they take a model.");
        if (head.StartsWith(Encoding.UTF8.Preamble)) head = head[3..];
        var text = head.TrimStart(" \t\r\n"u8);
        if (text.Length > 0 && text[0] is (byte)'{' or (byte)'[') return new ImportFile(path, ImportFileKind.Json);
        if (text.Length > 0 && !text.Contains((byte)0) && text.IndexOf((byte)',') >= 0) return new ImportFile(path, ImportFileKind.Csv);
        throw new UserError("MOE7214", $"{path} is not a file that is imported: it is neither .npy, .npz, JSON nor CSV.", $"docs/formats.md lists the formats.");
    }

    public void Dispose()
    {
        _file?.Dispose();
        _npz?.Dispose();
    }

    /// <summary>PROTO 2 to 5 of the pickle protocol; what torch.save wrote before 1.6 begins so too.</summary>
    private static bool IsPickle(ReadOnlySpan<byte> head) => head.Length > 1 && head[0] == 0x80 && head[1] is >= 2 and <= 5;
}
