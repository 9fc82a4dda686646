using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Messages;

public sealed class TranslationsTests
{
    private static readonly Translations Pirate = new("pirate", () => new Dictionary<string, string>
    {
        ["{0}: {1:0.0} bytes."] = "Arr, {1:0.0} bytes in {0}.",
        ["{0} and {1}"] = "{0} {0}",
        ["{0} or {1}"] = "{0} {1} {",
        ["{0:0.00} of it"] = "{0} o' it",
        ["a number"] = "some number",
        ["{{{0}}}"] = "{{{0}}}, arr",
    });

    [Theory]
    [InlineData("fr_FR.UTF-8", "fr")]
    [InlineData("fr", "fr")]
    [InlineData("fr-CA", "fr")]
    [InlineData("de_AT@euro", "de")]
    [InlineData("ES", "es")]
    [InlineData("es-419", "es")]
    [InlineData("ja_JP.eucJP", "ja")]
    [InlineData("zh_CN.UTF-8", "zh-cn")]
    [InlineData("zh-Hans-CN", "zh-cn")]
    [InlineData("zh", "zh-cn")]
    [InlineData("zh_TW.UTF-8", "en")]
    [InlineData("en_GB.UTF-8", "en")]
    [InlineData("C", "en")]
    [InlineData("C.UTF-8", "en")]
    [InlineData("POSIX", "en")]
    [InlineData("tlh", "en")]
    [InlineData("de/../fr", "en")]
    [InlineData("-", "en")]
    [InlineData("", "en")]
    [InlineData(null, "en")]
    public void Locale_ChoosesTheNearestLanguage(string? locale, string language) => Assert.Equal(language, Translations.For(locale).Language);

    [Fact]
    public void Sentence_IsTranslatedAndItsFactsFollowTheNewOrder() =>
        Assert.Equal("Arr, 1234.5 bytes in a.safetensors.", Pirate.Text($"{"a.safetensors"}: {1234.5:0.0} bytes."));

    [Fact]
    public void FactThatIsASentence_IsTranslatedToo()
    {
        FormattableString fact = $"a number";

        Assert.Equal("Arr, some number bytes in x.", Pirate.Text($"{"x"}: {fact:0.0} bytes."));
    }

    [Fact]
    public void EscapedBraces_StayBraces() => Assert.Equal("{1}, arr", Pirate.Text($"{{{1}}}"));

    [Fact]
    public void UnknownSentence_StaysEnglish() => Assert.Equal("1.5 of 2", Pirate.Text($"{1.5} of {2}"));

    [Fact]
    public void TranslationWithOtherPlaceholders_IsNotUsed()
    {
        Assert.Equal("1 and 2", Pirate.Text($"{1} and {2}"));
        Assert.Equal("1 or 2", Pirate.Text($"{1} or {2}"));
        Assert.Equal("0.50 of it", Pirate.Text($"{0.5:0.00} of it"));
    }

    [Fact]
    public void English_IsTheSourceItself() => Assert.Equal("3 {x}", Translations.English.Text($"{3} {{x}}"));
}
