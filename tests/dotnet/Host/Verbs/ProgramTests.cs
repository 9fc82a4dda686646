using System.Diagnostics;
using System.Text.Json;

namespace MoeDevtools.Tests.Host.Verbs;

/// <summary>The built program as a process.</summary>
public sealed class ProgramTests
{
    [Fact]
    public void Version_IsOneLine() => Assert.Equal((0, "moe-devtools 0.1.0\n", ""), Run("--version"));

    [Fact]
    public void UnknownVerb_ExitsWith2AndSaysTheNearest()
    {
        var (exitCode, output, error) = Run("docter");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("Did you mean doctor?", error, StringComparison.Ordinal);
    }

    [Fact]
    public void NoVerb_PrintsHelpOnStderrAndExitsWith2()
    {
        var (exitCode, output, error) = Run();
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("doctor", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_AsJson_HasEachCheckOnceAndAgreesWithItsExitCode()
    {
        var (exitCode, output, error) = Run("doctor", "--json");
        Assert.Equal("", error);
        var lines = output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var checks = lines.Where(line => line.GetProperty("kind").GetString() == "check").ToList();
        Assert.Equal(
            ["runtime", "processor", "memory", "temp folder", "cache folder", "socket", "terminal", "python", "vs code", "packages"],
            checks.Select(check => check.GetProperty("name").GetString()));
        int failed = checks.Count(check => check.GetProperty("severity").GetString() == "fail");
        Assert.Equal(failed, lines[^1].GetProperty("failed").GetInt32());
        Assert.Equal(failed > 0 ? 1 : 0, exitCode);
    }

    [Fact]
    public void Doctor_WithAnUnusableRuntimeFolder_FailsTheSocketCheckOnly()
    {
        string tooLong = Directory.CreateDirectory(Path.Combine(Directory.CreateTempSubdirectory().FullName, new string('x', 120))).FullName;
        var (exitCode, output, _) = Run(("XDG_RUNTIME_DIR", tooLong), "doctor");
        Directory.Delete(Path.GetDirectoryName(tooLong)!, recursive: true);
        Assert.Equal(1, exitCode);
        Assert.Single(output.Split('\n'), line => line.StartsWith("fail", StringComparison.Ordinal));
        Assert.Contains("fail  socket", output, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingModel_IsReportedInTheLanguageOfTheLocale()
    {
        var (exitCode, _, error) = Run(("LANG", "de_DE.UTF-8"), "inspect", "no-such-model");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("Fehler MOE1001: Es gibt keinen Ordner no-such-model.", error, StringComparison.Ordinal);
        Assert.Contains("Den Ordner eines Modells angeben, wie \"hf download\" ihn anlegt.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingModel_AsJson_IsReportedInEnglishForScripts()
    {
        var (_, output, error) = Run(("LANG", "de_DE.UTF-8"), "inspect", "no-such-model", "--json");
        using var line = JsonDocument.Parse(output);
        Assert.Equal("There is no folder no-such-model.", line.RootElement.GetProperty("message").GetString());
        Assert.Contains("Es gibt keinen Ordner", error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingModel_WithoutAUtf8Locale_IsReportedInEnglish() =>
        Assert.Contains("There is no folder", Run(("LANG", "de_DE.ISO-8859-1"), "inspect", "no-such-model").Error, StringComparison.Ordinal);

    private static (int ExitCode, string Output, string Error) Run(params string[] args) => Run(("LANG", "C.UTF-8"), args);

    private static (int ExitCode, string Output, string Error) Run((string Name, string Value) variable, params string[] args)
    {
        // The program lies beside the tests: their project refers to it.
        string program = Path.Combine(AppContext.BaseDirectory, "moe-devtools.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string category in (string[])["LC_ALL", "LC_CTYPE", "LC_MESSAGES"])
        {
            start.Environment.Remove(category);
        }

        start.Environment[variable.Name] = variable.Value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
