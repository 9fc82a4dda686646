using System.CommandLine;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>dap</c>: a debug adapter for one editor, over stdin and stdout.</summary>
internal static class DapVerb
{
    private static readonly Option<bool> Stdio = new("--stdio") { Help = $"messages over stdin and stdout, the only way so far" };

    public static Verb Create() => new(
        "dap", $"debug adapter for editors: Debug Adapter Protocol over stdin and stdout", RunAsync,
        examples: [new("moe-devtools dap --stdio", $"What an editor starts; docs/editors.md has setups.")])
    {
        Stdio,
    };

    private static async Task<int> RunAsync(VerbContext context)
    {
        if (!context.Get(Stdio)) throw new UserError("MOE9301", $"dap needs to know where its client is.", $"Write dap --stdio; moe-devtools daemon listens on a socket.");
        // stdout belongs to the protocol: whatever else is printed goes to stderr.
        Console.SetOut(Console.Error);
        using var input = Console.OpenStandardInput();
        using var output = StandardStream.Output();
        using var registry = new SessionRegistry();
        await new DapServer(input, output, new DapOptions(registry, UserFolders.Cache, line => Console.Error.WriteLine(line))).RunAsync(context.Cancel).ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
