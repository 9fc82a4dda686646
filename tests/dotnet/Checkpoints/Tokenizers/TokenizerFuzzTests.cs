using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.Tokenizers;

/// <summary>Thousands of damaged files: each loads and works, or is refused with a user error.</summary>
public class TokenizerFuzzTests
{
    private const int MutationsPerFile = 40;

    private static readonly string[] Scraps =
    [
        "null", "true", "0", "-1", "1e999", "99999999999", "\"\"", "\"a\"", "[]", "{}", "\\ud800", "\"type\"", ",", ":", "[", "]", "{", "}", "\"", "\\", "(", ")", "*", "+",
        "{1000}", "[^", "&&", "(?i)", "(?<=a)", "\\\\1", "\\\\p{L}", "\u00e9", "\U0001F642",
    ];

    public static TheoryData<string> Folders => [.. TokenizerFixtures.Folders];

    [Theory]
    [MemberData(nameof(Folders))]
    public void DamagedFile_WorksOrIsRefused(string folder)
    {
        var original = File.ReadAllText(Path.Combine(TokenizerFixtures.Root, folder, "tokenizer.json"));
        // Most of a file is vocabulary; half of the damage goes to what comes before it.
        var head = Math.Max(original.IndexOf("\"vocab\"", StringComparison.Ordinal), 100);
        var random = new Random(original.Length);
        for (var i = 0; i < MutationsPerFile; i++)
        {
            var text = original;
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                var at = random.Next(Math.Min(random.Next(2) == 0 ? head : text.Length, text.Length));
                var length = random.Next(4) switch { 0 => 0, 1 => 1, 2 => random.Next(10), _ => random.Next(200) };
                var scrap = random.Next(3) switch
                {
                    0 => "",
                    1 => Scraps[random.Next(Scraps.Length)],
                    _ => ((char)random.Next(0x20, 0x7F)).ToString(),
                };
                text = string.Concat(text.AsSpan(0, at), scrap, text.AsSpan(Math.Min(at + length, text.Length)));
            }
            Try(text);
        }
    }

    private static void Try(string json)
    {
        try
        {
            var tokenizer = Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "damaged");
            var encoding = tokenizer.Encode(" The \u00e9quiet  router<s>\n12 \U0001F642\u0301");
            tokenizer.Decode(encoding.Ids, skipSpecialTokens: true);
            var stream = tokenizer.StreamDecode();
            foreach (var id in encoding.Ids.Take(50))
            {
                stream.Step(id);
            }
        }
        catch (UserError)
        {
        }
    }
}
