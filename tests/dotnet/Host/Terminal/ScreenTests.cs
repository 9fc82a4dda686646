using System.Text;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Host.Terminal;

public sealed class ScreenTests
{
    private static readonly Glyphs Unicode = new(unicode: true);

    [Theory]
    [InlineData(true, "", true)]
    [InlineData(false, "", false)]
    [InlineData(true, "NO_COLOR=1", false)]
    [InlineData(true, "NO_COLOR=", true)]
    [InlineData(true, "TERM=dumb", false)]
    [InlineData(false, "FORCE_COLOR=1", true)]
    [InlineData(false, "FORCE_COLOR=0", false)]
    [InlineData(false, "CLICOLOR_FORCE=1", true)]
    [InlineData(true, "NO_COLOR=1 FORCE_COLOR=1", false)]
    public void Colour_FollowsTerminalAndVariables(bool terminal, string variables, bool colour) =>
        Assert.Equal(colour, Detect(variables, terminal).Colour);

    [Theory]
    [InlineData("LANG=de_DE.UTF-8", true)]
    [InlineData("LANG=C.utf8", true)]
    [InlineData("LANG=C", false)]
    [InlineData("", false)]
    [InlineData("LC_ALL=C LANG=C.UTF-8", false)]
    [InlineData("LC_ALL= LC_CTYPE=C.UTF-8 LANG=C", true)]
    public void Unicode_FollowsTheLocale(string variables, bool unicode) => Assert.Equal(unicode, Detect(variables, true).Unicode);

    [Theory]
    [InlineData(120, "60", 120)]
    [InlineData(0, "60", 60)]
    [InlineData(0, null, 80)]
    [InlineData(0, "many", 80)]
    [InlineData(12, null, 40)]
    public void Width_ComesFromTerminalThenVariable(int terminal, string? variable, int width) => Assert.Equal(width, ScreenTraits.WidthOf(terminal, variable));

    [Fact]
    public void Line_WithAndWithoutColour_HasTheSameText()
    {
        Assert.Equal("\e[1;33m■ stopped\e[0m  at gate\n", Written(colour: true, unicode: true));
        Assert.Equal("■ stopped  at gate\n", Written(colour: false, unicode: true));
        Assert.Equal("# stopped  at gate\n", Written(colour: false, unicode: false));
    }

    [Fact]
    public void Progress_AtAnyWidth_FitsAndSaysWhatIsLeft()
    {
        string line = Progress.Draw("loading", 300, 1200, ProgressUnit.Items, TimeSpan.FromSeconds(3), 100, Unicode, Translations.English);
        Assert.Equal("loading  ██████                    300 of 1,200  100/s  9.0 s left", line);
        Assert.Equal("reading  2.5 MB  1.0 MB/s", Progress.Draw("reading", 2_500_000, 0, ProgressUnit.Bytes, TimeSpan.FromSeconds(2.5), 80, Unicode, Translations.English));
        for (int width = 10; width < 120; width++)
        {
            Assert.True(TextWidth.Of(Progress.Draw("loading", 5, 1_000_000_000, ProgressUnit.Bytes, TimeSpan.FromHours(2), width, Unicode, Translations.English)) <= width);
        }
    }

    [Fact]
    public void Progress_WhenALineIsWritten_IsWipedFirstAndAtTheEnd()
    {
        var stream = new MemoryStream();
        var traits = new ScreenTraits(true, true, true, false, false, true);
        var screen = new Screen(stream, stream, traits, () => 80);
        var time = new Clock();
        using (var progress = screen.StartProgress($"loading", 10, time: time))
        {
            progress.Report(1); // at once: too early to draw
            time.Now += TimeSpan.FromMilliseconds(200);
            progress.Report(2);
            screen.WriteLine("answer");
            time.Now += TimeSpan.FromMilliseconds(200);
            progress.Report(3);
        }

        string text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.Matches("^\r[^\r]* 2 of 10\e\\[K\r\e\\[Kanswer\n\r[^\r]* 3 of 10\e\\[K\r\e\\[K$", text);
    }

    [Fact]
    public void Progress_WithoutATerminal_WritesNothing()
    {
        var stream = new MemoryStream();
        var time = new Clock();
        var screen = new Screen(stream, stream, new ScreenTraits(true, false, true, false, false, true), () => 80);
        using (var progress = screen.StartProgress($"loading", 10, time: time))
        {
            time.Now += TimeSpan.FromSeconds(1);
            progress.Report(5);
        }

        Assert.Equal(0, stream.Length);
    }

    private static ScreenTraits Detect(string variables, bool terminal)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=')).ToDictionary(each => each[0], each => each[1]);
        return ScreenTraits.Detect(name => set.GetValueOrDefault(name), terminal, terminal, terminal, windows: false);
    }

    private static string Written(bool colour, bool unicode)
    {
        var output = new MemoryStream();
        new Screen(output, Stream.Null, new ScreenTraits(true, true, true, colour, colour, unicode), () => 80)
            .WriteLine(new Styled("■ stopped", Tone.Hit), "  at gate");
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
