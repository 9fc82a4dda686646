using System.Text.Json.Nodes;
using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.Tokenizers;

public class TokenizerRefusalTests
{
    private const string Words = """{"type":"WordLevel","vocab":{"[UNK]":0,"a":1},"unk_token":"[UNK]"}""";

    [Theory]
    [InlineData("normalizer", """{"type":"NFQ"}""", "MOE1201", "$.normalizer.type", "NFQ")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Magic"}]}""", "MOE1201", "$.normalizer.normalizers[1].type", "Magic")]
    [InlineData("normalizer", """{"type":"Strip","strip_left":true,"strip_right":true,"strip_middle":true}""", "MOE1202", "$.normalizer.strip_middle", "Strip")]
    [InlineData("normalizer", """{"type":"Strip","strip_left":true}""", "MOE1203", "$.normalizer.strip_right", "missing")]
    [InlineData("normalizer", """{"strip_left":true}""", "MOE1203", "$.normalizer.type", "missing")]
    [InlineData("normalizer", """{"type":"Strip","strip_left":1,"strip_right":true}""", "MOE1204", "$.normalizer.strip_left", "the number 1")]
    [InlineData("normalizer", """[]""", "MOE1204", "$.normalizer", "a list")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"?"}""", "MOE1204", "$.normalizer.precompiled_charsmap", "base64")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"////fw=="}""", "MOE1205", "$.normalizer.precompiled_charsmap", "trie")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"(a*)\\1"},"content":""}""", "MOE1206", "$.normalizer.pattern.Regex", "back reference")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\p{Klingon}"},"behavior":"Isolated","invert":false}""", "MOE1206", "$.pre_tokenizer.pattern.Regex", "Klingon")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a\\Kb"},"behavior":"Isolated","invert":false}""", "MOE1206", "column 2", "\\K")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(?i:\u00e9)"},"behavior":"Isolated","invert":false}""", "MOE1206", "column", "ASCII")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(?i:miss)"},"behavior":"Isolated","invert":false}""", "MOE1206", "column", "ss")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated","invert":false}""", "MOE1206", "column 1", "'('")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Glob":"a"},"behavior":"Isolated","invert":false}""", "MOE1202", "$.pre_tokenizer.pattern.Glob", "pattern")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"Sideways","invert":false}""", "MOE1201", "$.pre_tokenizer.behavior", "Sideways")]
    [InlineData("pre_tokenizer", """{"type":"FixedLength","length":0}""", "MOE1201", "$.pre_tokenizer.length", "1 or more")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","add_prefix_space":false}""", "MOE1205", "$.pre_tokenizer", "never")]
    [InlineData("pre_tokenizer", """{"type":"CharDelimiterSplit","delimiter":"ab"}""", "MOE1204", "$.pre_tokenizer.delimiter", "one character")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}}""", "MOE1205", "$.post_processor.single[0].SpecialToken.id", "x")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}""", "MOE1201", "$.post_processor.single[0].Sequence.id", "second")]
    [InlineData("decoder", """{"type":"Oracle"}""", "MOE1201", "$.decoder.type", "Oracle")]
    [InlineData("truncation", """{"max_length":4,"stride":4,"strategy":"LongestFirst"}""", "MOE1205", "$.truncation.max_length", "stride")]
    [InlineData("padding", """{"strategy":{"Fixed":99999999},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":""}""", "MOE1201", "$.padding.strategy.Fixed", "at most")]
    [InlineData("model", """{"type":"GPT"}""", "MOE1201", "$.model.type", "GPT")]
    [InlineData("model", """{"type":"WordLevel","vocab":{"a":0,"b":0},"unk_token":"a"}""", "MOE1205", "$.model.vocab.b", "the id 0")]
    [InlineData("model", """{"type":"WordLevel","vocab":{"a":-1},"unk_token":"a"}""", "MOE1204", "$.model.vocab.a", "-1")]
    [InlineData("model", """{"type":"WordLevel","vocab":{"a":0,"a":1},"unk_token":"a"}""", "MOE1205", "$.model.vocab", "twice")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a b"]}""", "MOE1205", "$.model.merges[0]", "not in vocab")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a"]}""", "MOE1205", "$.model.merges[0]", "one space")]
    [InlineData("model", """{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}""", "MOE1201", "$.model.dropout", "random")]
    [InlineData("model", """{"type":"Unigram","unk_id":3,"vocab":[["a",0.0]]}""", "MOE1205", "$.model.unk_id", "3")]
    [InlineData("added_tokens", """[{"id":5,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true,"sparkles":1}]""", "MOE1202", "$.added_tokens[0].sparkles", "added token")]
    [InlineData("version", "\"2.0\"", "MOE1201", "$.version", "2.0")]
    [InlineData("extra", "1", "MOE1202", "$.extra", "a tokenizer")]
    [InlineData("decoder", "{\"type\":\"\\ud800\"}", "MOE1204", "$.decoder.type", "surrogate")]
    public void UnknownOrContradictoryPart_IsRefusedByPath(string field, string part, string id, string path, string fact)
    {
        var error = Assert.Throws<UserError>(() => Parse(field, part));
        Assert.Equal(id, error.Id);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(fact, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFile_IsRefused() =>
        Assert.Equal("MOE1207", Assert.Throws<UserError>(() => Tokenizer.Load(Path.Combine(Path.GetTempPath(), "no-such-tokenizer.json"))).Id);

    [Fact]
    public void InvalidUtf8_IsRefused() =>
        Assert.Equal("MOE1208", Assert.Throws<UserError>(() => Tokenizer.Parse(new byte[] { (byte)'"', 0xFF, (byte)'"' }, "x")).Id);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("\uFEFF{}")]
    public void InvalidJson_IsRefused(string json) =>
        Assert.Equal("MOE1209", Assert.Throws<UserError>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "x")).Id);

    [Theory]
    [InlineData('a', '\uD800')]
    [InlineData('\uDC00', 'b')]
    [InlineData('\uD83D', '\uD83D')]
    public void HalfSurrogate_IsRefused(char first, char second) =>
        Assert.Equal("MOE1223", Assert.Throws<UserError>(() => Parse("decoder", "null").Encode($"{first}{second}")).Id);

    [Fact]
    public void UnknownTokenOutsideVocabulary_IsRefusedWhenItIsNeeded()
    {
        var tokenizer = Parse("model", """{"type":"WordLevel","vocab":{"a":0},"unk_token":"[UNK]"}""");
        Assert.Equal([0], tokenizer.Encode("a").Ids);
        Assert.Equal("MOE1221", Assert.Throws<UserError>(() => tokenizer.Encode("b")).Id);
    }

    [Fact]
    public void StripDecoderBeyondToken_IsRefused()
    {
        var tokenizer = Parse("decoder", """{"type":"Strip","content":"a","start":1,"stop":1}""");
        Assert.Equal("MOE1220", Assert.Throws<UserError>(() => tokenizer.Decode([1])).Id);
    }

    [Fact]
    public void IdsOutsideVocabulary_AreSkipped() => Assert.Equal("a a", Parse("decoder", "null").Decode([1, 99, -1, 1]));

    private static Tokenizer Parse(string field, string part)
    {
        var document = new JsonObject { ["version"] = "1.0", ["model"] = JsonNode.Parse(Words) };
        document.Remove(field);
        var rest = document.ToJsonString();
        return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes($"{{\"{field}\":{part},{rest[1..]}"), "x.json");
    }
}
