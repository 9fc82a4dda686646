using System.Text;
using System.Text.Json;

namespace MoeDevtools.Checkpoints.ChatTemplates;

/// <summary>Reads the small text files of this folder: whole, UTF-8, bounded.</summary>
internal static class JsonFile
{
    /// <summary>Bytes; the largest published template has some 20 KB, a long conversation some MB.</summary>
    private const long MaxBytes = 64 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string ReadText(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!stream.CanSeek || stream.Length > MaxBytes)
            {
                throw FileErrors.Unreadable(path, $"it is no plain file of at most {MaxBytes} bytes");
            }

            using var reader = new StreamReader(stream, Strict);
            return reader.ReadToEnd();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or DecoderFallbackException or ArgumentException or NotSupportedException)
        {
            throw FileErrors.Unreadable(path, problem is DecoderFallbackException ? "it is not UTF-8" : problem.Message.TrimEnd('.'), problem);
        }
    }

    public static JsonElement ReadJson(string path)
    {
        var text = ReadText(path);
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException problem)
        {
            var reason = problem.Message.Split(" LineNumber:", 2)[0].TrimEnd('.', ' ');
            throw FileErrors.NotJson(path, (problem.LineNumber ?? 0) + 1, (problem.BytePositionInLine ?? 0) + 1, reason, problem);
        }
    }

    /// <summary>As an error shows what was found.</summary>
    public static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => element.GetArrayLength() == 0 ? "an empty list" : "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
