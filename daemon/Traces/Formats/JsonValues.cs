using System.Buffers;
using System.Text;
using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>Reads the values of a JSON or JSONL file: one at a time where each has a line of its own, and the elements of a list one by one.</summary>
internal static class JsonValues
{
    /// <summary>Longest file that is one JSON value, and longest line.</summary>
    private const int MostBytes = 1 << 30;

    /// <exception cref="UserError">Not JSON, or too long.</exception>
    public static IEnumerable<JsonElement> Read(string path)
    {
        using var file = Open(path);
        var number = 0;
        foreach (var line in Lines(path, file))
        {
            number++;
            if (number == 1 && !IsWhole(line))
            {
                // The first line is not a value of its own, so the file is one value.
                foreach (var element in Elements(Parse(path, Whole(path, file), 1))) yield return element;
                yield break;
            }
            if (line.AsSpan().Trim(" \t\r"u8).Length == 0) continue;
            foreach (var element in Elements(Parse(path, line, number))) yield return element;
        }
    }

    /// <summary>A text of the value; null = there is none.</summary>
    public static string? Text(this JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(key, out var text)) return null;
        try
        {
            return text.ValueKind switch { JsonValueKind.String => text.GetString(), JsonValueKind.Number => text.GetRawText(), _ => null };
        }
        catch (InvalidOperationException)    // half of a surrogate pair, which JSON can write and UTF-8 cannot
        {
            return null;
        }
    }

    /// <summary>A property that is there and not null.</summary>
    public static bool Has(this JsonElement value, string key, out JsonElement property)
    {
        property = default;
        return value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out property) && property.ValueKind != JsonValueKind.Null;
    }

    /// <summary>A whole number; null = it is none that fits.</summary>
    public static int? Whole(this JsonElement value, string key) => value.Has(key, out var number) ? number.AsWhole() : null;

    /// <inheritdoc cref="Whole(JsonElement, string)"/>
    public static int? AsWhole(this JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) ? whole : null;

    /// <summary>A list of whole numbers; null = it is something else.</summary>
    public static int[]? Wholes(this JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return null;
        var numbers = new int[value.GetArrayLength()];
        var at = 0;
        foreach (var element in value.EnumerateArray())
        {
            if (element.AsWhole() is not { } number) return null;
            numbers[at++] = number;
        }
        return numbers;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new UserError("MOE7215", $"{path} cannot be read: {cause.Message}", $"Check the path and its permissions.", cause);
        }
    }

    private static IEnumerable<JsonElement> Elements(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];

    private static bool IsWhole(byte[] line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonElement Parse(string path, ReadOnlySpan<byte> json, int line)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException cause)
        {
            throw new UserError("MOE7216", $"{path} is not valid JSON at line {line + cause.LineNumber}, byte {cause.BytePositionInLine + 1}.", $"Check that the file was written to its end.", cause);
        }
    }

    private static byte[] Whole(string path, FileStream file)
    {
        if (file.Length > MostBytes) throw TooLong(path);
        var bytes = new byte[file.Length];
        file.Position = 0;
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var json = bytes.AsSpan(0, read);
        return json.StartsWith(Encoding.UTF8.Preamble) ? json[3..].ToArray() : read == bytes.Length ? bytes : json.ToArray();
    }

    private static IEnumerable<byte[]> Lines(string path, FileStream file)
    {
        var buffer = new byte[1 << 16];
        var line = new ArrayBufferWriter<byte>();
        var first = true;
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            var position = file.Position;
            for (var at = 0; at < read;)
            {
                var end = Array.IndexOf(buffer, (byte)'\n', at, read - at);
                line.Write(buffer.AsSpan(at, (end < 0 ? read : end) - at));
                if (line.WrittenCount > MostBytes) throw TooLong(path);
                at = end < 0 ? read : end + 1;
                if (end < 0) continue;
                yield return Take();
            }
            file.Position = position;
        }
        if (line.WrittenCount > 0) yield return Take();

        byte[] Take()
        {
            var taken = line.WrittenSpan;
            if (first && taken.StartsWith(Encoding.UTF8.Preamble)) taken = taken[3..];
            first = false;
            var copy = taken.ToArray();
            line.ResetWrittenCount();
            return copy;
        }
    }

    private static UserError TooLong(string path) =>
        new("MOE7217", $"{path} has a JSON value of more than {MostBytes} bytes.", $"Write one object a line (JSONL).");
}
