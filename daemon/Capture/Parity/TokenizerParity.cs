using System.Globalization;
using System.Text.Json;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;

namespace MoeDevtools.Capture.Parity;

/// <summary>
/// Compares a tokenizer with what the reference library returned: <c>golden.jsonl</c> (encodings), <c>golden-stream.jsonl</c> (streamed pieces) and
/// <c>golden-decode.jsonl</c> (decodings of random ids), one case a line.
/// </summary>
public static class TokenizerParity
{
    public const string FileName = "golden.jsonl";

    /// <exception cref="UserError">The tokenizer or a reference file cannot be read.</exception>
    public static ParityRow Compare(string folder)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        long cases = 0, differ = 0;
        string? first = null;
        foreach (var (file, check) in new (string, Func<Tokenizer, JsonElement, string?>)[]
                 {
                     (FileName, Encoding), ("golden-stream.jsonl", Stream), ("golden-decode.jsonl", Decoding),
                 })
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path)) continue;
            var number = 0;
            foreach (var line in DatasetReader.ReadText(path).Split('\n'))     // only LF ends a line: texts hold other line separators
            {
                number++;
                if (line.Length == 0) continue;
                cases++;
                if (Difference(tokenizer, line, path, number, check) is not { } difference) continue;
                differ++;
                first ??= string.Create(CultureInfo.InvariantCulture, $"{file} line {number}: {difference}");
            }
        }
        return new ParityRow { Folder = folder, Kind = "tokenizer", Cases = cases, CasesDiffer = differ, Pass = differ == 0 && cases > 0, Detail = first };
    }

    private static string? Difference(Tokenizer tokenizer, string line, string path, int number, Func<Tokenizer, JsonElement, string?> check)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return check(tokenizer, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new UserError("MOE5101", $"{path}, line {number}: {e.Message}", $"Write one case a line, as docs/parity.md shows.", e);
        }
    }

    private static string? Encoding(Tokenizer tokenizer, JsonElement expected)
    {
        var encoding = tokenizer.Encode(expected.GetProperty("text").GetString()!, expected.GetProperty("add_special_tokens").GetBoolean());
        if (!Ints(expected, "ids").SequenceEqual(encoding.Ids)) return $"ids {string.Join(' ', encoding.Ids)}";
        if (!expected.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()).SequenceEqual(encoding.Tokens)) return "tokens";
        if (!expected.GetProperty("offsets").EnumerateArray().Select(o => (o[0].GetInt32(), o[1].GetInt32())).SequenceEqual(encoding.Offsets)) return "offsets";
        if (!Ints(expected, "special_tokens_mask").SequenceEqual(encoding.SpecialTokensMask)) return "special_tokens_mask";
        return Decoded(tokenizer, expected, encoding.Ids);
    }

    private static string? Decoding(Tokenizer tokenizer, JsonElement expected) => Decoded(tokenizer, expected, [.. Ints(expected, "ids")]);

    private static string? Decoded(Tokenizer tokenizer, JsonElement expected, int[] ids) =>
        tokenizer.Decode(ids) != expected.GetProperty("decoded").GetString() ? "decoded"
        : tokenizer.Decode(ids, skipSpecialTokens: true) != expected.GetProperty("decoded_skip_special").GetString() ? "decoded_skip_special"
        : null;

    private static string? Stream(Tokenizer tokenizer, JsonElement expected)
    {
        var stream = tokenizer.StreamDecode(expected.GetProperty("skip_special_tokens").GetBoolean());
        var pieces = expected.GetProperty("pieces").EnumerateArray().Select(p => p.GetString()).ToList();
        var ids = Ints(expected, "ids").ToList();
        for (var i = 0; i < pieces.Count; i++)
            if (stream.Step(ids[i]) != pieces[i]) return string.Create(CultureInfo.InvariantCulture, $"piece {i}");
        if (!expected.TryGetProperty("error", out _)) return null;
        try
        {
            stream.Step(ids[pieces.Count]);
            return "no error where the reference raises one";
        }
        catch (UserError)
        {
            return null;
        }
    }

    private static IEnumerable<int> Ints(JsonElement element, string name) => element.GetProperty(name).EnumerateArray().Select(i => i.GetInt32());
}
