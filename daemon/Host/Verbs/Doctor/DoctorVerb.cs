using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary><c>doctor</c>: what this machine has of what the program needs. Exit 1 if a check fails; warnings do not fail.</summary>
internal static class DoctorVerb
{
    private const int NameColumn = 14;

    public static Verb Create() => new(
        "doctor", $"checks this machine: instruction sets, memory, disk, sockets, terminal, Python, packages", Run, json: true,
        examples: [new("moe-devtools doctor", $"Each check on one line, with what to do where something is missing."),
            new("moe-devtools doctor --json > machine.jsonl", $"For a bug report or a CI job.")]);

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
            FormattableString verdict = failed > 0 ? (FormattableString)$"This machine cannot run moe-devtools yet."
                : warned > 0 ? (FormattableString)$"Ready; the warnings say what works less well." : $"Ready.";
            context.Screen.WriteLine();
            context.Screen.WriteLine(new Styled(context.Screen.Text(verdict), failed > 0 ? Tone.Anomaly : Tone.Plain));
        }

        return failed > 0 ? ExitCode.CheckFailed : ExitCode.Ok;
    }

    private static FormattableString Word(Severity severity) => severity switch
    {
        Severity.Ok => (FormattableString)$"ok",
        Severity.Info => $"info",
        Severity.Warn => $"warn",
        _ => $"fail",
    };

    private static void WriteJson(JsonLines json, Check check) => json.Write("check", fields =>
    {
        fields.WriteString("name", FormattableString.Invariant(check.Name));
        fields.WriteString("severity", FormattableString.Invariant(Word(check.Severity)));
        fields.WriteString("facts", FormattableString.Invariant(check.Facts));
        if (check.Advice is not null)
        {
            fields.WriteString("advice", FormattableString.Invariant(check.Advice));
        }
    });

    private static void WriteLine(Screen screen, Check check)
    {
        var tone = check.Severity switch { Severity.Fail => Tone.Anomaly, Severity.Warn => Tone.Hit, Severity.Info => Tone.Dim, _ => Tone.Plain };
        int severities = Enum.GetValues<Severity>().Max(each => TextWidth.Of(screen.Text(Word(each))));
        string head = $"  {TextLayout.Pad(screen.Text(check.Name), NameColumn - 2, Align.Left)}";
        int column = severities + 2 + NameColumn;
        var facts = TextLayout.Wrap(screen.Glyphs.Fold(VisibleText.Escape(screen.Text(check.Facts))), screen.Width, column, firstIndent: column);
        screen.WriteLine(new Styled(TextLayout.Pad(screen.Text(Word(check.Severity)), severities, Align.Left), tone), head, "  " + facts[0]);
        foreach (string line in facts.Skip(1).Concat(check.Advice is null ? [] : TextLayout.Wrap(screen.Glyphs.Fold(screen.Text(check.Advice)), screen.Width, column)))
        {
            screen.WriteLine(line);
        }
    }
}
