using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>Opens and reads the files of a model folder; whatever goes wrong is one clear error.</summary>
internal static class InputFile
{
    // The cap of a safetensors header; the JSON files of published models have megabytes, not hundreds.
    private const int MostJsonBytes = 100_000_000;

    private static ReadOnlySpan<byte> LfsPointerStart => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>True for a dangling link too: opening it then says what is wrong with it.</summary>
    public static bool Exists(string path) => File.Exists(path);

    /// <summary>The names in a folder, sorted. Throws when the folder may not be listed.</summary>
    public static string[] Names(string folder)
    {
        try
        {
            string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw CannotOpen(folder, e);
        }
    }

    /// <summary>The handle is the caller's. Other programs may write or delete the file, unless they ask for it alone.</summary>
    public static SafeFileHandle Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UserError("MOE1010",
                $"{path} is a folder; a file is expected there.",
                $"Move the folder away and download the file again.");
        }
        try
        {
            // A named pipe has the length 0 too, and opening it would wait for a writer.
            if (new FileInfo(path) is { Exists: true, LinkTarget: null, Length: 0 })
            {
                throw Empty(path);
            }
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw CannotOpen(path, e);
        }
    }

    /// <summary>The whole file. Throws when it is empty, larger than any JSON of a model, or a pointer of git-lfs.</summary>
    public static byte[] ReadAll(string path)
    {
        using var handle = Open(path);
        try
        {
            long length = RandomAccess.GetLength(handle);
            if (length > MostJsonBytes)
            {
                throw new UserError("MOE1014",
                    $"{path} has {length} bytes; {MostJsonBytes} are allowed.",
                    $"Download the file again; no model's JSON is that large.");
            }
            byte[] bytes = new byte[length];
            int read = 0;
            for (int n; read < length && (n = RandomAccess.Read(handle, bytes.AsSpan(read), read)) > 0; read += n)
            {
            }
            RefuseEmptyOrPointer(path, bytes.AsSpan(0, read));
            return read == length ? bytes : bytes[..read];
        }
        catch (IOException e)
        {
            throw CannotOpen(path, e);
        }
    }

    /// <summary>A file that holds one JSON object. Every text in it can be taken with <c>GetString</c>.</summary>
    public static JsonElement ReadJsonObject(string path) => ParseJsonObject(path, ReadAll(path));

    public static JsonElement ParseJsonObject(string path, ReadOnlySpan<byte> utf8)
    {
        JsonElement root;
        utf8 = WithNumbersForInfinity(utf8);
        try
        {
            RequireTexts(utf8);
            root = JsonElement.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new UserError("MOE1015",
                $"{path} is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.",
                $"Correct the file, or download it again.",
                e);
        }
        return root.ValueKind == JsonValueKind.Object
            ? root
            : throw new UserError("MOE1016", $"{path} holds {root.ValueKind}, not an object.", $"Download the file again.");
    }

    public static void RefuseEmptyOrPointer(string path, ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            throw Empty(path);
        }
        if (start.StartsWith(LfsPointerStart))
        {
            throw new UserError("MOE1011",
                $"{path} is a pointer of git-lfs: the file itself was not downloaded.",
                $"Run \"git lfs pull\" in its folder.");
        }
    }

    public static UserError CannotOpen(string path, Exception cause) => cause switch
    {
        UnauthorizedAccessException => new UserError("MOE1007",
            $"{path}: no permission to read it.",
            $"Change its permissions, for instance with chmod.",
            cause),
        FileNotFoundException or DirectoryNotFoundException => new FileInfo(path).LinkTarget is { } target
            ? new UserError("MOE1008",
                $"{path} is a symbolic link to {Shown.Text(target)}, which is not there.",
                $"Download the model again; in a hub cache the blob was deleted or never finished.",
                cause)
            : new UserError("MOE1006", $"{path} is not there.", $"Download the model again.", cause),
        _ when IsLoop(path) => new UserError("MOE1009",
            $"{path} is a symbolic link that leads back to itself.",
            $"Remove the link and download the file again.",
            cause),
        _ => new UserError("MOE1013",
            $"{path} cannot be read: {Shown.Text(cause.Message)}",
            $"Check the disk or the network that it is on.",
            cause),
    };

    private static UserError Empty(string path) =>
        new("MOE1012", $"{path} is empty, or not a regular file.", $"Download the file again.");

    private static bool IsLoop(string path)
    {
        try
        {
            new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true);
            return false;
        }
        catch (IOException e)
        {
            return e is not (FileNotFoundException or DirectoryNotFoundException);
        }
    }

    /// <summary>
    /// Python writes infinity as <c>Infinity</c>, which is not JSON: a number of the same length, which is read as infinity, takes its place, so that errors keep theirs.
    /// </summary>
    private static ReadOnlySpan<byte> WithNumbersForInfinity(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("Infinity"u8) < 0) return utf8;
        var copy = utf8.ToArray();
        for (var i = 0; i < copy.Length; i++)
        {
            if (copy[i] == '"')
            {
                for (i++; i < copy.Length && copy[i] != '"'; i++)
                    if (copy[i] == '\\') i++;
            }
            else if (copy.AsSpan(i).StartsWith("Infinity"u8)) "1e999999"u8.CopyTo(copy.AsSpan(i));
        }
        return copy;
    }

    /// <summary>
    /// Throws on a text that is no Unicode: bad UTF-8, or half of an escaped surrogate pair. The parser itself lets it pass.
    /// </summary>
    private static void RequireTexts(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsUnicode(ref reader))
            {
                var before = utf8[..(int)reader.TokenStartIndex];
                throw new JsonException(null, null, before.Count((byte)'\n'), before.Length - (before.LastIndexOf((byte)'\n') + 1));
            }
        }
    }

    private static bool IsUnicode(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.ValueIsEscaped ? reader.GetString() is not null : Utf8.IsValid(reader.ValueSpan);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
