using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.Tokenizers;

/// <summary>Every folder of the fixtures against what the reference returned for it.</summary>
public class TokenizerGoldenTests
{
    public static TheoryData<string> Folders => [.. TokenizerFixtures.Folders];

    [Fact]
    public void Fixtures_AreThere()
    {
        var folders = TokenizerFixtures.Folders.ToList();
        Assert.True(folders.Count(f => !f.StartsWith("features", StringComparison.Ordinal)) >= 12, $"{folders.Count} tokenizers");
        Assert.True(folders.Count >= 140, $"{folders.Count} tokenizers");
        Assert.All(folders, folder => Assert.NotEmpty(TokenizerFixtures.Cases(folder, "golden.jsonl")));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encoding_EqualsReference(string folder)
    {
        var tokenizer = TokenizerFixtures.Load(folder);
        foreach (var golden in TokenizerFixtures.Cases(folder, "golden.jsonl"))
        {
            var text = golden.GetProperty("text").GetString()!;
            var special = golden.GetProperty("add_special_tokens").GetBoolean();
            var encoding = tokenizer.Encode(text, special);
            var what = $"{JsonSerializer.Serialize(text)}, special tokens {special}";
            Equal(Ints(golden, "ids"), encoding.Ids, $"ids of {what}");
            Equal(golden.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!), encoding.Tokens, $"tokens of {what}");
            Equal(golden.GetProperty("offsets").EnumerateArray().Select(o => (o[0].GetInt32(), o[1].GetInt32())), encoding.Offsets, $"offsets of {what}");
            Equal(Ints(golden, "special_tokens_mask"), encoding.SpecialTokensMask, $"mask of {what}");
            Assert.Equal(golden.GetProperty("decoded").GetString(), tokenizer.Decode(encoding.Ids));
            Assert.Equal(golden.GetProperty("decoded_skip_special").GetString(), tokenizer.Decode(encoding.Ids, skipSpecialTokens: true));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void DecodedIds_EqualReference(string folder)
    {
        var tokenizer = TokenizerFixtures.Load(folder);
        foreach (var golden in TokenizerFixtures.Cases(folder, "golden-decode.jsonl"))
        {
            var ids = Ints(golden, "ids").ToArray();
            Assert.Equal(golden.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            Assert.Equal(golden.GetProperty("decoded_skip_special").GetString(), tokenizer.Decode(ids, skipSpecialTokens: true));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void StreamedText_EqualsReference(string folder)
    {
        var tokenizer = TokenizerFixtures.Load(folder);
        foreach (var golden in TokenizerFixtures.Cases(folder, "golden-stream.jsonl"))
        {
            var stream = tokenizer.StreamDecode(golden.GetProperty("skip_special_tokens").GetBoolean());
            var ids = Ints(golden, "ids").ToArray();
            var pieces = golden.GetProperty("pieces").EnumerateArray().Select(p => p.GetString()).ToArray();
            for (var i = 0; i < pieces.Length; i++)
            {
                Assert.Equal(pieces[i], stream.Step(ids[i]));
            }
            if (golden.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
            {
                Assert.Throws<UserError>(() => stream.Step(ids[pieces.Length]));
            }
            else
            {
                Assert.Equal(ids.Length, pieces.Length);
            }
        }
    }

    private static IEnumerable<int> Ints(JsonElement golden, string name) => golden.GetProperty(name).EnumerateArray().Select(i => i.GetInt32());

    private static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what) =>
        Assert.True(expected.SequenceEqual(actual), $"{what}:\nexpected [{string.Join(" ", expected)}]\nactual   [{string.Join(" ", actual)}]");
}
