using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoeDevtools.Tests.Servers;

/// <summary><c>moe-devtools daemon</c> over its sockets.</summary>
public sealed class DaemonTests : IAsyncLifetime
{
    private DaemonProcess _daemon = null!;

    private string Endpoint => _daemon.Endpoint;

    public async Task InitializeAsync() => _daemon = await DaemonProcess.StartAsync();

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public void Sockets_AreTheirUsersAlone()
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var path in (string[])[Endpoint, Endpoint + ".dap"]) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task AChangeOverRpc_IsToldToTheEditor_AndShutdownEndsEverything()
    {
        await using var editor = _daemon.Editor();
        editor.LaunchToStop(new() { ["stopOnEntry"] = true, ["__sessionId"] = "mine" });
        await using var view = RpcClient.Open(Endpoint);

        var session = Assert.Single(view.Get("sessions/list").EnumerateArray());
        Assert.Equal(("mine", "checkpoint", "stopped"), (Text(session, "id"), Text(session, "kind"), Text(session, "state")));
        Assert.Equal(("model.layers.0.mlp.gate", "entry"), (Text(session.GetProperty("stop"), "routerName"), Text(session.GetProperty("stop"), "reason")));

        Assert.Equal("L0: mask 2", Text(view.Get("session/intervene", new() { ["session"] = "mine", ["changes"] = "L0: mask 2" }), "text"));
        editor.Event("invalidated");
        Assert.Equal(1, view.Notification("sessions/changed", n => n.GetProperty("sessions")[0].GetProperty("interventions").GetInt32() == 1).GetProperty("sessions").GetArrayLength());
        Assert.Equal("1  L0: mask 2", editor.Get("evaluate", new() { ["expression"] = "info changes", ["context"] = "repl" }).GetProperty("result").GetString());
        editor.Get("evaluate", new() { ["expression"] = "undo", ["context"] = "repl" });
        Assert.Equal(0, view.Get("session/interventions", new() { ["session"] = "mine" }).GetArrayLength());

        Assert.Equal(-32601, RpcClient.CodeOf(view.Refusal("nonsense")));
        Assert.Equal(-32602, RpcClient.CodeOf(view.Refusal("session/intervene", new() { ["session"] = 3 })));
        Assert.Equal(-32000, RpcClient.CodeOf(view.Refusal("session/interventions", new() { ["session"] = "other" })));

        Assert.Equal(JsonValueKind.Null, view.Get("shutdown").ValueKind);
        await _daemon.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _daemon.Process.ExitCode);
        Assert.False(File.Exists(Endpoint));
    }

    [Fact]
    public async Task ABranchOverRpc_IsStartedByTheEditorThatShowsTheSession()
    {
        await using var editor = _daemon.Editor();
        await using var second = _daemon.Editor();
        await using var poor = _daemon.Editor();
        editor.LaunchToStop(new() { ["breakpoints"] = new JsonArray("L2 if step == 4"), ["__sessionId"] = "mine" }, new() { ["supportsStartDebuggingRequest"] = true });
        poor.LaunchToStop(new() { ["stopOnEntry"] = true, ["__sessionId"] = "poor" });
        await using var view = RpcClient.Open(Endpoint);
        editor.Get("stepBack", new() { ["threadId"] = 1 });
        editor.Event("stopped");

        Assert.Equal(JsonValueKind.Null, view.Get("session/branch", new() { ["session"] = "mine" }).ValueKind);
        var asked = editor.Request("startDebugging");
        Assert.Equal("launch", Text(asked, "request"));
        var stop = second.LaunchToStop(JsonSerializer.Deserialize<JsonObject>(asked.GetProperty("configuration")));
        Assert.Equal("entry", Text(stop, "reason"));

        var sessions = view.Get("sessions/list").EnumerateArray().ToDictionary(s => Text(s, "id")!, s => s.GetProperty("stop"));
        var (original, branch) = (sessions["mine"], sessions.Single(s => s.Key is not ("mine" or "poor")).Value);
        Assert.Equal((4, "model.layers.1.mlp.gate", true), (original.GetProperty("step").GetInt32(), Text(original, "routerName"), original.GetProperty("isPast").GetBoolean()));
        Assert.Equal((4, "model.layers.1.mlp.gate", false), (branch.GetProperty("step").GetInt32(), Text(branch, "routerName"), branch.GetProperty("isPast").GetBoolean()));

        var refused = view.Refusal("session/branch", new() { ["session"] = "poor" }).GetProperty("data");
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
            Assert.Equal("entry", client.LaunchToStop(new() { ["token"] = _daemon.Token, ["stopOnEntry"] = true }).GetProperty("reason").GetString());
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

    private NetworkStream ConnectPort()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect("127.0.0.1", _daemon.Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
