using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Host.Terminal;

public sealed class TableTests
{
    private static readonly Glyphs Unicode = new(unicode: true);
    private static readonly Glyphs Ascii = new(unicode: false);

    [Fact]
    public void Decision_InTheWidthOfAStop_LooksLikeTheSketch()
    {
        var table = Decision();
        Assert.Equal(
            """
              expert  weight                                  score  load  router
              E11       0.61  ██████████████████████▊          0.47  1.8x  …mlp.gate
              E3        0.22  ████████▏                        0.17  0.9x  …mlp.gate
              E0       0.013  ▌                                0.05    0x  …mlp.gate
            """.ReplaceLineEndings("\n"),
            Text(table.Lay(72, Unicode, Translations.English, indent: 2)));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(120)]
    public void AnyTable_AtAnyWidth_Fits(int width)
    {
        foreach (var glyphs in new[] { Unicode, Ascii })
        {
            var table = Decision();
            table.Add("E256パンパンパンパン", "0.000001", Cell.Bar(2), "a very long score", "\u001b[31m", "model.layers.61.mlp.experts.gate.weight");
            foreach (var line in table.Lay(width, glyphs, Translations.English, indent: 2))
            {
                string text = string.Concat(line.Select(piece => piece.Text));
                Assert.True(TextWidth.Of(text) <= width, text);
                Assert.DoesNotContain('\u001b', text);
                Assert.True(glyphs.Unicode || System.Text.Ascii.IsValid(text), text);
            }
        }
    }

    [Fact]
    public void LongList_OverItsLimit_SaysHowManyMore()
    {
        var table = new Table(new Column($"router"));
        for (int i = 0; i < 54; i++)
        {
            table.Add($"L{i}");
        }

        Assert.EndsWith("  L1\n  … 52 more (list --all)", Text(table.Lay(80, Unicode, Translations.English, 2, limit: 2, showAll: "list --all")), StringComparison.Ordinal);
        Assert.EndsWith("  L53", Text(table.Lay(80, Unicode, Translations.English, 2, limit: 53)), StringComparison.Ordinal);
    }

    [Fact]
    public void Headings_AllEmpty_TakeNoLine()
    {
        var table = new Table(new Column($""), new Column($""));
        table.Add("dtype", "BF16");
        Assert.Equal("dtype  BF16", Text(table.Lay(80, Unicode, Translations.English)));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(double.NaN, "")]
    [InlineData(0.0001, "▏")]
    [InlineData(0.5, "████")]
    [InlineData(0.61, "████▉")]
    [InlineData(7, "████████")]
    public void Bar_OfEightColumns_IsExactToAnEighth(double fraction, string bar) => Assert.Equal(bar, Bar.Draw(fraction, 8, Unicode));

    [Fact]
    public void Bar_WithoutUnicode_IsHashes()
    {
        Assert.Equal("#####", Bar.Draw(0.61, 8, Ascii));
        Assert.Equal("#", Bar.Draw(0.0001, 8, Ascii));
    }

    private static Table Decision()
    {
        var table = new Table(
            new Column($"expert"), new Column($"weight", Align.Right), new Column($"") { BarWidth = 38, GivesWay = 2, MinWidth = 8 },
            new Column($"score", Align.Right), new Column($"load", Align.Right), new Column($"router") { GivesWay = 1, KeepsEnd = true, MinWidth = 9 });
        table.Add(new Styled("E11", Tone.Hit), "0.61", Cell.Bar(0.76), "0.47", "1.8x", "…mlp.gate");
        table.Add("E3", "0.22", Cell.Bar(0.27), "0.17", "0.9x", "…mlp.gate");
        table.Add("E0", "0.013", Cell.Bar(0.016), "0.05", "0x", "…mlp.gate");
        return table;
    }

    private static string Text(IReadOnlyList<Styled[]> lines) => string.Join('\n', lines.Select(line => string.Concat(line.Select(piece => piece.Text))));
}
