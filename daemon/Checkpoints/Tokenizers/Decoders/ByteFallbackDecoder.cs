using System.Globalization;
using System.Text.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Joins runs of tokens like <c>&lt;0xC3&gt;</c>; a run that is not valid UTF-8 becomes one U+FFFD for each byte.</summary>
internal sealed class ByteFallbackDecoder : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (var token in tokens)
        {
            if (ByteOf(token) is { } value)
            {
                run.Add(value);
                continue;
            }
            Flush(run, output);
            output.Add(token);
        }
        Flush(run, output);
        return output;
    }

    private static void Flush(List<byte> run, List<string> output)
    {
        if (run.Count == 0)
        {
            return;
        }
        var bytes = run.ToArray();
        if (Utf8.IsValid(bytes))
        {
            output.Add(System.Text.Encoding.UTF8.GetString(bytes));
        }
        else
        {
            output.AddRange(Enumerable.Repeat("\uFFFD", bytes.Length));
        }
        run.Clear();
    }

    private static byte? ByteOf(string token)
    {
        if (token.Length != 6 || !token.StartsWith("<0x", StringComparison.Ordinal) || token[5] != '>')
        {
            return null;
        }
        // Rust's parser takes a sign for a digit: <0x+A> is 10.
        var digits = token.AsSpan(token[3] == '+' ? 4 : 3, token[3] == '+' ? 1 : 2);
        return byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
