using System.CommandLine;
using MoeDevtools.Traces.Maintenance;

namespace MoeDevtools.Host.Verbs.Traces;

/// <summary><c>trace compact</c>: a recording in less room.</summary>
internal static class TraceCompactVerb
{
    private static readonly Argument<string> File = new("FILE") { Help = $"a .moetrace file" };
    private static readonly Option<string?> Output = new("--output", "-o") { HelpName = "FILE", Help = $"write it there; without it FILE is replaced" };

    public static Verb Create() => new(
        "compact", $"makes a recording smaller without losing anything", Run, json: true,
        examples: [new("moe-devtools trace compact run.moetrace -o small.moetrace", $"What the routers' rules make of the logits is left out, the rest is packed; every reader sees the same.")])
    {
        File, Output,
    };

    private static int Run(VerbContext context)
    {
        var file = context.Get(File);
        var target = context.Get(Output) ?? file;
        var result = TraceRewriter.Rewrite(file, target, new RewriteOptions { Compact = true }, context.Cancel);
        RewriteReport.Write(context, target, result);
        return ExitCode.Ok;
    }
}
