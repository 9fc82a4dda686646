using System.CommandLine;
using MoeDevtools.Traces.Maintenance;

namespace MoeDevtools.Host.Verbs.Traces;

/// <summary><c>trace redact</c>: a recording that can be given away.</summary>
internal static class TraceRedactVerb
{
    private static readonly Argument<string> File = new("FILE") { Help = $"a .moetrace file" };
    private static readonly Option<string?> Output = new("--output", "-o") { HelpName = "FILE", Help = $"write it there; without it FILE is replaced" };
    private static readonly Option<bool> KeepLabels = new("--keep-labels") { Help = $"names and labels of sequences stay" };

    public static Verb Create() => new(
        "redact", $"removes texts and ids of tokens from a recording", Run, json: true,
        examples: [new("moe-devtools trace redact run.moetrace -o public.moetrace", $"Routing stays; prompts, tokens, labels, the request and sampler states go.")])
    {
        File, Output, KeepLabels,
    };

    private static int Run(VerbContext context)
    {
        var file = context.Get(File);
        var target = context.Get(Output) ?? file;
        var result = TraceRewriter.Rewrite(file, target, new RewriteOptions { Redact = true, KeepLabels = context.Get(KeepLabels) }, context.Cancel);
        RewriteReport.Write(context, target, result);
        return ExitCode.Ok;
    }
}
