using System.CommandLine;
using System.Text;
using System.Text.Json;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Host.Verbs;

/// <summary>The frame around verbs, with verbs of the test, in this process.</summary>
public sealed class FrameTests : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();

    private string Output => Encoding.UTF8.GetString(_output.ToArray());

    private string Error => Encoding.UTF8.GetString(_error.ToArray());

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Handler_ReturnsItsExitCodeAndGetsItsArguments()
    {
        Assert.Equal(1, Run("count", "samples", "--steps", "3"));
        Assert.Equal("samples 3\n", Output);
        Assert.Equal("", Error);
    }

    [Theory]
    [InlineData("count", "needs MODEL")]
    [InlineData("count --steps", "--steps needs a value")]
    [InlineData("count samples --steps", "--steps needs a value")]
    [InlineData("count samples --steps many", "--steps many: not a whole number in range")]
    [InlineData("count samples --stps 3", "Did you mean --steps?")]
    [InlineData("count samples more", "count has no use for \"more\"")]
    [InlineData("count --json", "no option of count")]
    [InlineData("cuont samples", "Did you mean count?")]
    [InlineData("zzz", "\"zzz\" is no verb.")]
    [InlineData("--steps 3", "\"--steps\" is no verb.")]
    public void Usage_ThatIsWrong_SaysWhatAndExits2(string line, string expected)
    {
        Assert.Equal(2, Run(line.Split(' ')));
        Assert.Contains(expected, Error, StringComparison.Ordinal);
        Assert.Contains("--help", Error, StringComparison.Ordinal);
        Assert.All(Error.Split('\n'), text => Assert.True(text.Length <= 80, text));
    }

    [Fact]
    public void Arguments_BehindTwoDashesOrWithAt_AreTakenAsTheyAre()
    {
        Assert.Equal(1, Run("count", "--", "--model"));
        Assert.Equal(1, Run("count", "@file"));
        Assert.Equal("--model 32\n@file 32\n", Output);
    }

    [Fact]
    public void UserError_IsPrintedWrappedAndAsTheLastLineOfJson()
    {
        Assert.Equal(2, Run("fail", "--json"));
        Assert.Equal("error MOE0000: weights.bin: the header ends at byte 12\\e[0m of 8.\n  Download the file again.\n", Error);
        string[] lines = Output.TrimEnd('\n').Split('\n');
        Assert.Equal("""{"kind":"row","loss":0.3,"worst":"NaN"}""", lines[0]);
        Assert.Equal("MOE0000", JsonDocument.Parse(lines[1]).RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public void Defect_IsAnInternalErrorWithoutStackTrace()
    {
        Assert.Equal(ExitCode.Internal, Run("crash"));
        Assert.StartsWith("internal error MOE9001: InvalidOperationException: broken", Error, StringComparison.Ordinal);
        Assert.Contains("MOE_DEVTOOLS_TRACE=1", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
    }

    [Fact]
    public void CtrlC_CancelsTheHandlerAndASecondOneEndsTheProcess()
    {
        using var interrupts = new Interrupts();
        Assert.Equal(ExitCode.Interrupted, Run(interrupts, "wait"));
        Assert.Equal("", Error);
        Assert.True(interrupts.Signal(ExitCode.Interrupted));
    }

    [Fact]
    public void CtrlC_WhileIntercepted_GoesToTheDebugger()
    {
        using var interrupts = new Interrupts();
        int pauses = 0;
        using (interrupts.Intercept(() => ++pauses == 1))
        {
            Assert.False(interrupts.Signal(ExitCode.Interrupted));
            Assert.False(interrupts.Token.IsCancellationRequested);
            Assert.False(interrupts.Signal(ExitCode.Interrupted)); // not handled: as elsewhere
            Assert.True(interrupts.Token.IsCancellationRequested);
        }

        Assert.True(interrupts.Signal(ExitCode.Terminated));
    }

    [Fact]
    public void ClosedOutput_EndsQuietly()
    {
        Assert.Equal(ExitCode.OutputClosed, Run("closed"));
        Assert.Equal("", Error);
    }

    [Fact]
    public void Help_OfEachVerb_FitsAndNamesEveryOption()
    {
        var verbs = Catalogue.Verbs().Concat(Verbs()).ToList();
        foreach (var verb in verbs)
        {
            string text = string.Join('\n', HelpText.Of(verb, 80, new Glyphs(true), Translations.English).Select(line => line.Text));
            Assert.All(text.Split('\n'), line => Assert.True(TextWidth.Of(line) <= 80, line));
            Assert.All(verb.Options, option => Assert.Contains(option.Name, text, StringComparison.Ordinal));
            Assert.All(verb.Arguments, argument => Assert.Contains(argument.Name, text, StringComparison.Ordinal));
        }

        Assert.Equal(0, Run("count", "--help"));
        Assert.Contains("--steps STEPS           how many (default 32)", Output, StringComparison.Ordinal);
        Assert.All(Catalogue.Verbs(), verb => Assert.NotEmpty(verb.Examples));
    }

    [Theory]
    [InlineData("insepct", "inspect")]
    [InlineData("tok", "tokenize")]
    [InlineData("DEBUG", "debug")]
    [InlineData("xyz", null)]
    [InlineData("r", null)]
    public void Suggestion_IsNearOrNone(string word, string? nearest) =>
        Assert.Equal(nearest, Suggestion.Nearest(word, ["demo", "run", "debug", "inspect", "tokenize"]));

    [Fact]
    public void AtomicFile_ThatFails_LeavesWhatWasThere()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "report.json");
            AtomicFile.Write(path, stream => stream.Write("old"u8));
            Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, _ => throw new InvalidOperationException()));
            var full = Assert.Throws<UserError>(() => AtomicFile.Write(path, _ => throw new IOException("full", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28)));
            Assert.Equal("MOE9005", full.Id);
            Assert.Equal("MOE9006", Assert.Throws<UserError>(() => AtomicFile.Write(Path.Combine(folder, "no", "x"), _ => { })).Id);
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<Verb> Verbs()
    {
        var model = new Argument<string>("MODEL") { Help = $"a folder" };
        var steps = new Option<int>("--steps") { Help = $"how many", DefaultValueFactory = _ => 32 };
        return
        [
            new Verb("count", $"counts", context =>
            {
                context.Screen.WriteLine($"{context.Get(model)} {context.Get(steps)}");
                return ExitCode.CheckFailed;
            }) { model, steps },
            new Verb("fail", $"fails", Fail, json: true),
            new Verb("crash", $"crashes", _ => Task.FromException<int>(new InvalidOperationException("broken"))),
            new Verb("closed", $"has no reader", _ => Task.FromException<int>(new OutputClosedException())),
            new Verb("wait", $"waits", async context =>
            {
                context.Interrupts.Signal(ExitCode.Interrupted);
                await Task.Delay(Timeout.Infinite, context.Cancel);
                return 0;
            }),
        ];
    }

    private static int Fail(VerbContext context)
    {
        context.Json!.Write("row", fields =>
        {
            fields.WriteReal("loss", 0.3f);
            fields.WriteReal("worst", double.NaN);
        });
        throw new AggregateException(new UserError("MOE0000", $"weights.bin: the header ends at byte {"12\u001b[0m"} of 8.", $"Download the file again."));
    }

    private int Run(params string[] args)
    {
        using var interrupts = new Interrupts();
        return Run(interrupts, args);
    }

    private int Run(Interrupts interrupts, params string[] args)
    {
        var screen = new Screen(_output, _error, new ScreenTraits(false, false, false, false, false, true), () => 80);
        return CommandLine.Run(args, Verbs(), screen, _output, interrupts);
    }
}
