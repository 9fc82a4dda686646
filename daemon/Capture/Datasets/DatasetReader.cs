using System.Text;
using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Capture.Datasets;

/// <summary>
/// Reads JSONL datasets: an object a line with <c>text</c> or <c>input_ids</c>, optional <c>id</c>, and a label under <c>label</c> or <c>domain</c>.
/// </summary>
public static class DatasetReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All documents in file order; blank lines are skipped.</summary>
    /// <param name="encode">Makes tokens of a text.</param>
    /// <param name="labelKey">The key of the label; null = <c>label</c>, else <c>domain</c>.</param>
    /// <exception cref="UserError">The file cannot be read, or a line is not a document.</exception>
    public static IReadOnlyList<SequenceInput> Read(string path, Func<string, SequenceInput> encode, string? labelKey = null)
    {
        var inputs = new List<SequenceInput>();
        var number = 0;
        foreach (var line in ReadText(path).Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            inputs.Add(Document(path, number, line, encode, labelKey));
        }
        return inputs.Count > 0 ? inputs
            : throw new UserError("MOE5201", $"{path} holds no documents.", $"Write one JSON object a line, with text or input_ids.");
    }

    /// <summary>A whole text file as strict UTF-8.</summary>
    /// <exception cref="UserError">It cannot be read, or is not UTF-8.</exception>
    public static string ReadText(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e switch
            {
                _ when Directory.Exists(path) => "it is a folder",
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "permission denied",
                _ => e.Message.TrimEnd('.'),
            };
            throw new UserError("MOE5202", $"{path} cannot be read: {why}.", $"Check the path and its permissions.", e);
        }
        return Utf8(bytes, path);
    }

    /// <summary>Strict UTF-8, a byte order mark dropped.</summary>
    /// <param name="name">For the message.</param>
    /// <exception cref="UserError">Not UTF-8.</exception>
    public static string Utf8(byte[] bytes, string name)
    {
        try
        {
            return Strict.GetString(bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new UserError("MOE5203", $"{name} is not UTF-8: invalid bytes at offset {e.Index}.", $"Save it as UTF-8.", e);
        }
    }

    private static SequenceInput Document(string path, int number, string line, Func<string, SequenceInput> encode, string? labelKey)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Wrong(path, number, "an object is expected");
            var hasText = root.TryGetProperty("text", out var text) || root.TryGetProperty("prompt", out text);
            var hasIds = root.TryGetProperty("input_ids", out var ids);
            if (hasText == hasIds) throw Wrong(path, number, hasText ? "text and input_ids contradict each other" : "neither text nor input_ids is there");
            if (hasText && text.ValueKind != JsonValueKind.String) throw Wrong(path, number, $"text is {KindOf(text)}, not a string");
            if (hasIds && (ids.ValueKind != JsonValueKind.Array || ids.EnumerateArray().Any(i => i.ValueKind != JsonValueKind.Number || !i.TryGetInt32(out _))))
                throw Wrong(path, number, "input_ids is not a list of token ids");
            var input = hasIds ? new SequenceInput([.. ids.EnumerateArray().Select(i => i.GetInt32())]) : encode(text.GetString()!);
            return input with { Id = TextOf(root, "id"), Label = labelKey is not null ? TextOf(root, labelKey) : TextOf(root, "label") ?? TextOf(root, "domain") };
        }
        catch (JsonException e)
        {
            throw Wrong(path, number, FormattableString.Invariant($"not valid JSON at byte {e.BytePositionInLine + 1}"), e);
        }
        catch (InvalidOperationException e)      // half of a surrogate pair, which JSON can write and UTF-8 cannot
        {
            throw Wrong(path, number, "a string has half of a surrogate pair", e);
        }
    }

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static string? TextOf(JsonElement root, string key) => !root.TryGetProperty(key, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : value.ValueKind == JsonValueKind.Null ? null : value.GetRawText();

    private static UserError Wrong(string path, int number, string what, Exception? cause = null) =>
        new("MOE5204", $"{path}, line {number}: {what}.", $"Write an object with text or input_ids, and optionally id and label.", cause);
}
