using System.CommandLine;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Traces.Maintenance;

namespace MoeDevtools.Host.Verbs.Traces;

/// <summary><c>trace verify</c>: whether a recording agrees with itself.</summary>
internal static class TraceVerifyVerb
{
    private const int Shown = 20;

    private static readonly Argument<string> File = new("FILE") { Help = $"a .moetrace file" };

    public static Verb Create() => new(
        "verify", $"checks that a recording agrees with itself", Run, json: true,
        examples: [new("moe-devtools trace verify run.moetrace", $"Reads all of it; exit 1 if something is wrong.")])
    {
        File,
    };

    private static int Run(VerbContext context)
    {
        long count = 0;
        foreach (var problem in TraceVerifier.Check(context.Get(File), context.Cancel))
        {
            count++;
            if (context.Json is { } json)
            {
                json.Write("problem", fields =>
                {
                    fields.WriteString("where", problem.Where);
                    fields.WriteString("what", problem.What);
                });
            }
            else if (count <= Shown) context.Screen.WriteParagraph($"{problem.Where}: {problem.What}", 0, Tone.Anomaly);
        }
        context.Json?.Write("verified", fields => fields.WriteNumber("problems", count));
        if (context.Json is null && count > Shown) context.Screen.WriteLine(context.Screen.Text($"{Numbers.Count(count - Shown)} more; --json lists all"));
        if (context.Json is null) context.Screen.WriteLine(context.Screen.Text(count == 0 ? (FormattableString)$"nothing is wrong" : $"problems: {Numbers.Count(count)}"));
        return count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }
}
