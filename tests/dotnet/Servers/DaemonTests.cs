using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Servers;

/// <summary><c>moe-devtools daemon</c> over its sockets.</summary>
public sealed class DaemonTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly Process _daemon;
    private int _port;
    private string _token = "";

    public DaemonTests()
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "moe-devtools.dll"), "daemon", "--endpoint", Endpoint, "--listen", "127.0.0.1:0"]) { RedirectStandardOutput = true };
        start.Environment["XDG_CACHE_HOME"] = _folder;
        _daemon = Process.Start(start)!;
    }

    private string Endpoint => Path.Combine(_folder, "m");

    public async Task InitializeAsync()
    {
        Assert.Equal($"rpc {Endpoint}", await _daemon.StandardOutput.ReadLineAsync());
        Assert.Equal($"dap {Endpoint}.dap", await _daemon.StandardOutput.ReadLineAsync());
        var words = (await _daemon.StandardOutput.ReadLineAsync())!.Split(' ');
        Assert.Equal(("dap", "token"), (words[0], words[2]));
        (_port, _token) = (int.Parse(words[1].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture), words[3]);
    }

    public async Task DisposeAsync()
    {
        if (!_daemon.HasExited) _daemon.Kill();
        await _daemon.WaitForExitAsync();
        _daemon.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Sockets_AreTheirUsersAlone()
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var path in (string[])[Endpoint, Endpoint + ".dap"]) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task AChangeOverRpc_IsToldToTheEditor_AndShutdownEndsEverything()
    {
        var dap = Connect(Endpoint + ".dap");
        await using var editor = new DapClient(dap, dap);
        editor.LaunchToStop(new() { ["stopOnEntry"] = true, ["__sessionId"] = "mine" });
        using var view = Connect(Endpoint);

        var session = Assert.Single((await CallAsync(view, "sessions/list")).GetProperty("result").EnumerateArray());
        Assert.Equal(("mine", "checkpoint", "stopped"), (Text(session, "id"), Text(session, "kind"), Text(session, "state")));
        Assert.Equal(("model.layers.0.mlp.gate", "entry"), (Text(session.GetProperty("stop"), "router"), Text(session.GetProperty("stop"), "reason")));

        Assert.Equal("L0: mask 2", Text((await CallAsync(view, "session/intervene", new() { ["session"] = "mine", ["changes"] = "L0: mask 2" })).GetProperty("result"), "text"));
        editor.Event("invalidated");
        Assert.Equal("1  L0: mask 2", editor.Get("evaluate", new() { ["expression"] = "info changes", ["context"] = "repl" }).GetProperty("result").GetString());
        editor.Get("evaluate", new() { ["expression"] = "undo", ["context"] = "repl" });
        Assert.Equal(0, (await CallAsync(view, "session/interventions", new() { ["session"] = "mine" })).GetProperty("result").GetArrayLength());

        Assert.Equal(-32601, ErrorOf(await CallAsync(view, "nonsense")));
        Assert.Equal(-32602, ErrorOf(await CallAsync(view, "session/intervene", new() { ["session"] = 3 })));
        Assert.Equal(-32000, ErrorOf(await CallAsync(view, "session/interventions", new() { ["session"] = "other" })));

        Assert.Equal(JsonValueKind.Null, (await CallAsync(view, "shutdown")).GetProperty("result").ValueKind);
        await _daemon.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _daemon.ExitCode);
        Assert.False(File.Exists(Endpoint));
    }

    [Fact]
    public async Task ABranchOverRpc_IsStartedByTheEditorThatShowsTheSession()
    {
        var streams = new[] { Connect(Endpoint + ".dap"), Connect(Endpoint + ".dap"), Connect(Endpoint + ".dap") };
        await using var editor = new DapClient(streams[0], streams[0]);
        await using var second = new DapClient(streams[1], streams[1]);
        await using var poor = new DapClient(streams[2], streams[2]);
        editor.LaunchToStop(new() { ["breakpoints"] = new JsonArray("L2 if step == 4"), ["__sessionId"] = "mine" }, new() { ["supportsStartDebuggingRequest"] = true });
        poor.LaunchToStop(new() { ["stopOnEntry"] = true, ["__sessionId"] = "poor" });
        using var view = Connect(Endpoint);
        editor.Get("stepBack", new() { ["threadId"] = 1 });
        editor.Event("stopped");

        Assert.Equal(JsonValueKind.Null, (await CallAsync(view, "session/branch", new() { ["session"] = "mine" })).GetProperty("result").ValueKind);
        var asked = editor.Request("startDebugging");
        Assert.Equal("launch", Text(asked, "request"));
        var stop = second.LaunchToStop(JsonSerializer.Deserialize<JsonObject>(asked.GetProperty("configuration")));
        Assert.Equal("entry", Text(stop, "reason"));

        var sessions = (await CallAsync(view, "sessions/list")).GetProperty("result").EnumerateArray().ToDictionary(s => Text(s, "id")!, s => s.GetProperty("stop"));
        var (original, branch) = (sessions["mine"], sessions.Single(s => s.Key is not ("mine" or "poor")).Value);
        Assert.Equal((4, "model.layers.1.mlp.gate", true), (original.GetProperty("step").GetInt32(), Text(original, "router"), original.GetProperty("isPast").GetBoolean()));
        Assert.Equal((4, "model.layers.1.mlp.gate", false), (branch.GetProperty("step").GetInt32(), Text(branch, "router"), branch.GetProperty("isPast").GetBoolean()));

        var refused = (await CallAsync(view, "session/branch", new() { ["session"] = "poor" })).GetProperty("error").GetProperty("data");
        Assert.Equal("MOE7060", Text(refused, "id"));
        Assert.Contains("\"branch\": {\"trace\":", Text(refused, "whatToDo"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePort_AnswersOnlyInitializeWithoutItsToken()
    {
        var stream = ConnectPort();
        await using var client = new DapClient(stream, stream);
        client.Get("initialize", new() { ["adapterID"] = "moe" });
        Assert.StartsWith("MOE7009", client.Refusal("threads"), StringComparison.Ordinal);
        Assert.StartsWith("MOE7036", client.Refusal("launch", DapClient.Configuration(new() { ["token"] = "wrong" })), StringComparison.Ordinal);
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));       // closed
    }

    [Fact]
    public async Task ThePort_WithItsToken_ServesSeveralClientsAtOnce()
    {
        var streams = new[] { ConnectPort(), ConnectPort() };
        await using var first = new DapClient(streams[0], streams[0]);
        await using var second = new DapClient(streams[1], streams[1]);
        foreach (var client in (DapClient[])[first, second])
            Assert.Equal("entry", client.LaunchToStop(new() { ["token"] = _token, ["stopOnEntry"] = true }).GetProperty("reason").GetString());
        first.Get("continue", new() { ["threadId"] = 1 });
        first.Event("terminated");
        Assert.Equal(16, second.Variables(second.Variable(second.Scope("Decision"), "router_logits").GetProperty("variablesReference").GetInt32()).Count);
    }

    [Fact]
    public async Task AnHttpRequest_ClosesTheConnection()
    {
        await using var stream = ConnectPort();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"));
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    private static NetworkStream Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new NetworkStream(socket, ownsSocket: true);
    }

    private NetworkStream ConnectPort()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect("127.0.0.1", _port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<JsonElement> CallAsync(NetworkStream view, string method, JsonObject? parameters = null)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = "x", ["method"] = method, ["params"] = parameters };
        await using (var writer = new MessageWriter(view, () => { })) writer.Send(JsonSerializer.SerializeToUtf8Bytes(message));
        using var answer = JsonDocument.Parse((await new MessageReader(view, MessageLimits.Default).ReadAsync())!);
        return answer.RootElement.Clone();
    }

    private static int ErrorOf(JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetInt32();

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
