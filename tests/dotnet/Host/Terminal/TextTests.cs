using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Tests.Host.Terminal;

public sealed class TextTests
{
    private static readonly Glyphs Unicode = new(unicode: true);
    private static readonly Glyphs Ascii = new(unicode: false);

    [Theory]
    [InlineData("", 0)]
    [InlineData("bread", 5)]
    [InlineData("パン", 4)]
    [InlineData("한국어", 6)]
    [InlineData("\u1112\u1161\u11AB", 2)]    // the same syllable in parts
    [InlineData("e\u0301", 1)]
    [InlineData("…·–▏", 4)]
    [InlineData("\U0001F35E", 2)]
    [InlineData("👩‍👩‍👧", 2)]
    [InlineData("👍🏽", 2)]
    [InlineData("🇯🇵", 2)]
    [InlineData("❤\uFE0F", 2)]
    [InlineData("ｆｕｌｌ", 8)]
    [InlineData("क्", 1)]
    public void Width_OfText_IsInColumns(string text, int columns) => Assert.Equal(columns, TextWidth.Of(text));

    [Fact]
    public void Truncate_AtEveryWidth_FitsAndCutsNoElement()
    {
        const string Text = "a👩‍👩‍👧パンe\u0301z";
        for (int width = 0; width < 12; width++)
        {
            string end = TextLayout.Truncate(Text, width, Unicode), start = TextLayout.TruncateStart(Text, width, Unicode);
            Assert.True(TextWidth.Of(end) <= width);
            Assert.True(TextWidth.Of(start) <= width);
            Assert.StartsWith(end.TrimEnd('…'), Text, StringComparison.Ordinal);
            Assert.EndsWith(start.TrimStart('…'), Text, StringComparison.Ordinal);
        }

        Assert.Equal("a👩‍👩‍👧…", TextLayout.Truncate(Text, 4, Unicode));
        Assert.Equal("mod...", TextLayout.Truncate("model.layers.2", 6, Ascii));
        Assert.Equal("…mlp.gate", TextLayout.TruncateStart("model.layers.2.mlp.gate", 9, Unicode));
    }

    [Fact]
    public void Wrap_LongWords_StayWhole()
    {
        Assert.Equal(["  what to", "  /a/very/long/path", "  do"], TextLayout.Wrap("what to /a/very/long/path do", 12, indent: 2));
        Assert.Equal(["one two", "  three"], TextLayout.Wrap("one two three", 14, indent: 2, firstIndent: 6));
        Assert.Equal(["if a b", "   ^ here"], TextLayout.Wrap("if a b\n   ^ here", 20));
        Assert.Equal([""], TextLayout.Wrap("", 20));
    }

    [Fact]
    public void Wrap_WideCharacters_BreakBetweenThemButNotBeforeAFullStop()
    {
        Assert.Equal(["router の負", "荷を表示す", "る。次"], TextLayout.Wrap("router の負荷を表示する。次", 11));
        Assert.Equal(["ab cd", "層。"], TextLayout.Wrap("ab cd層。", 8));
    }

    [Fact]
    public void Wrap_SignThatStandsAlone_StaysWithItsWord() => Assert.Equal(["un", "deux :", "trois"], TextLayout.Wrap("un deux : trois", 7));

    [Theory]
    [InlineData("plain ü パン", "plain ü パン")]
    [InlineData("a\tb\n\u001b[31m\u0007\u007f\u0085", "a\\tb\\n\\e[31m\\x07\\x7F\\u0085")]
    [InlineData("evil\u202Etxt", "evil\\u202Etxt")]
    public void Escape_Controls_AreVisible(string text, string shown) => Assert.Equal(shown, VisibleText.Escape(text));

    [Fact]
    public void Escape_LoneSurrogates_AreVisible() => Assert.Equal("a\\uD800b\\uDC00", VisibleText.Escape("a\uD800b\uDC00"));

    [Theory]
    [InlineData(" bread", "\"·bread\"", "\" bread\"")]
    [InlineData("   ", "\"···\"", "\"   \"")]
    [InlineData("\n", "\"\\n\"", "\"\\n\"")]
    [InlineData("say \"a\\b\"", "\"say \\\"a\\\\b\\\"\"", "\"say \\\"a\\\\b\\\"\"")]
    [InlineData("·x", "\"\\u00B7x\"", "\".x\"")]
    [InlineData("\u0301", "\"\\u0301\"", "\"\\u0301\"")]
    [InlineData("パ", "\"パ\"", "\"\\u30D1\"")]
    public void Token_Text_IsQuotedAndVisible(string text, string unicode, string ascii)
    {
        Assert.Equal(unicode, VisibleText.Token(text, Unicode));
        Assert.Equal(ascii, VisibleText.Token(text, Ascii));
    }

    [Fact]
    public void Fold_AnyText_IsAscii()
    {
        Assert.Equal("# E11 - cut -  ~1.8x ... -> 42 us", Ascii.Fold("■ E11 – cut –  ≈1.8x … → 42 µs"));
        Assert.Equal("\\U0001F35E", Ascii.Fold("🍞"));
        Assert.Equal("…", Unicode.Fold("…"));
    }
}
