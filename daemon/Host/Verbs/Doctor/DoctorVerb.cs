using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary><c>doctor</c>: what this machine has of what the program needs. Exit 1 if a check fails; warnings do not fail.</summary>
internal static class DoctorVerb
{
    private const int NameColumn = 14;

    public static Verb Create() => new(
        "doctor", "checks this machine: instruction sets, memory, disk, sockets, terminal, Python, packages", Run, json: true,
        examples: [new("moe-devtools doctor", "Each check on one line, with what to do where something is missing."),
            new("moe-devtools doctor --json > machine.jsonl", "For a bug report or a CI job.")]);

    /// <summary>In the order of the report. A new check is one line here.</summary>
    private static IEnumerable<Check> Checks(VerbContext context)
    {
        yield return HardwareChecks.Runtime();
        yield return HardwareChecks.Processor();
        yield return HardwareChecks.Memory();
        yield return DiskChecks.Temporary();
        yield return DiskChecks.Cache();
        yield return SocketCheck.Run();
        yield return TerminalCheck.Run(context.Screen.Traits, context.Screen.Width);
        yield return ToolChecks.Python(context.Cancel);
        yield return ToolChecks.VsCode(context.Cancel);
        yield return PackageCheck.Run();
    }

    private static int Run(VerbContext context)
    {
        int failed = 0, warned = 0;
        foreach (var check in Checks(context))
        {
            context.Cancel.ThrowIfCancellationRequested();
            failed += check.Severity == Severity.Fail ? 1 : 0;
            warned += check.Severity == Severity.Warn ? 1 : 0;
            if (context.Json is { } json)
            {
                WriteJson(json, check);
            }
            else
            {
                WriteLine(context.Screen, check);
            }
        }

        context.Json?.Write("end", fields =>
        {
            fields.WriteNumber("failed", failed);
            fields.WriteNumber("warned", warned);
        });
        if (context.Json is null)
        {
            string verdict = failed > 0 ? "This machine cannot run moe-devtools yet."
                : warned > 0 ? "Ready; the warnings say what works less well." : "Ready.";
            context.Screen.WriteLine();
            context.Screen.WriteLine(new Styled(verdict, failed > 0 ? Tone.Anomaly : Tone.Plain));
        }

        return failed > 0 ? ExitCode.CheckFailed : ExitCode.Ok;
    }

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant();

    private static void WriteJson(JsonLines json, Check check) => json.Write("check", fields =>
    {
        fields.WriteString("name", check.Name);
        fields.WriteString("severity", Word(check.Severity));
        fields.WriteString("facts", check.Facts);
        if (check.Advice is not null)
        {
            fields.WriteString("advice", check.Advice);
        }
    });

    private static void WriteLine(Screen screen, Check check)
    {
        var tone = check.Severity switch { Severity.Fail => Tone.Anomaly, Severity.Warn => Tone.Hit, Severity.Info => Tone.Dim, _ => Tone.Plain };
        string head = $"  {check.Name.PadRight(NameColumn - 2)}";
        int column = 6 + NameColumn;
        var facts = TextLayout.Wrap(screen.Glyphs.Fold(VisibleText.Escape(check.Facts)), screen.Width, column, firstIndent: column);
        screen.WriteLine(new Styled(Word(check.Severity).PadRight(4), tone), head, "  " + facts[0]);
        foreach (string line in facts.Skip(1).Concat(check.Advice is null ? [] : TextLayout.Wrap(screen.Glyphs.Fold(check.Advice), screen.Width, column)))
        {
            screen.WriteLine(line);
        }
    }
}
