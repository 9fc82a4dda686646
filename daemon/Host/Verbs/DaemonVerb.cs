using System.CommandLine;
using System.Net;
using MoeDevtools.Messages;
using MoeDevtools.Servers;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>daemon</c>: many clients over one registry of sessions.</summary>
internal static class DaemonVerb
{
    private static readonly Option<string?> Endpoint = new("--endpoint") { HelpName = "PATH", Help = $"Unix socket (named pipe on Windows) for JSON-RPC; DAP is on PATH.dap" };
    private static readonly Option<string?> Listen = new("--listen") { HelpName = "ADDRESS", Help = $"127.0.0.1:PORT for DAP, with a token; port 0 = any" };
    private static readonly Option<bool> UntilEof = new("--until-eof") { Help = $"end when stdin does, as it does when the program that started this one dies" };

    public static Verb Create() => new(
        "daemon", $"serves editors and views: JSON-RPC and Debug Adapter Protocol on sockets", RunAsync,
        examples: [new("moe-devtools daemon --endpoint /tmp/moe.sock", $"JSON-RPC on /tmp/moe.sock, DAP on /tmp/moe.sock.dap."),
            new("moe-devtools daemon --listen 127.0.0.1:0", $"DAP on a free port; prints address and token.")])
    {
        Endpoint, Listen, UntilEof,
    };

    private static async Task<int> RunAsync(VerbContext context)
    {
        var (endpoint, listen) = (context.Get(Endpoint), context.Get(Listen));
        if (endpoint is null && listen is null) throw new UserError("MOE9302", $"daemon needs an address.", $"Give --endpoint PATH, --listen 127.0.0.1:PORT, or both.");
        if (endpoint is { Length: 0 }) throw new UserError("MOE9303", $"--endpoint is empty.", $"Give the path of a socket.");
        IPEndPoint? address = null;
        if (listen is not null && (!listen.Contains(':', StringComparison.Ordinal) || !IPEndPoint.TryParse(listen, out address)))
            throw new UserError("MOE9304", $"--listen {listen} is not an address and a port.", $"Write 127.0.0.1:PORT; port 0 is any that is free.");
        using var daemon = new Daemon(endpoint, address, ProductVersion.Number, UserFolders.Cache, line => Console.Error.WriteLine(line));
        daemon.Open();
        // For clients to parse: the lines come once everything listens.
        if (endpoint is not null)
        {
            context.Screen.WriteLine($"rpc {endpoint}");
            context.Screen.WriteLine($"dap {daemon.DapEndpoint}");
        }
        if (daemon.Address is { } at) context.Screen.WriteLine($"dap {at} token {daemon.Token}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
        var run = daemon.RunAsync(stop.Token);
        if (context.Get(UntilEof))
        {
            await Task.WhenAny(run, Task.Run(ReadToTheEnd)).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
        }
        await run.ConfigureAwait(false);
        return ExitCode.Ok;
    }

    /// <summary>A broken pipe is an end, too: the task's failure is nobody's concern.</summary>
    private static void ReadToTheEnd()
    {
        using var input = Console.OpenStandardInput();
        input.CopyTo(Stream.Null);
    }
}
