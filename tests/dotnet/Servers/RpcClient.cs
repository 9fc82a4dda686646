using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Servers;

/// <summary>Drives the JSON-RPC service over its real wire; waits for messages and never sleeps.</summary>
internal sealed class RpcClient : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly MessageWriter _writer;
    private readonly Inbox _inbox;
    private int _id;

    private RpcClient(string endpoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(endpoint));
        _stream = new NetworkStream(socket, ownsSocket: true);
        _writer = new MessageWriter(_stream, () => { });
        _inbox = new Inbox(_stream);
    }

    /// <summary>A connection on which nothing was said yet.</summary>
    public static RpcClient Connect(string endpoint) => new(endpoint);

    /// <summary>A connection that has introduced itself.</summary>
    public static RpcClient Open(string endpoint, string? locale = null)
    {
        var client = new RpcClient(endpoint);
        client.Get("initialize", Introduction(locale));
        return client;
    }

    public static JsonObject Introduction(string? locale = null) => new() { ["client"] = "tests", ["version"] = "1", ["protocol"] = 1, ["locale"] = locale };

    public int Send(string method, JsonObject? parameters = null)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = ++_id, ["method"] = method, ["params"] = parameters?.DeepClone() };
        _writer.Send(JsonSerializer.SerializeToUtf8Bytes(message));
        return _id;
    }

    public void Notify(string method, JsonObject parameters) =>
        _writer.Send(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = parameters }));

    public JsonElement Answer(int id) => _inbox.Next(m => m.TryGetProperty("id", out var of) && of.ValueKind == JsonValueKind.Number && of.GetInt32() == id);

    /// <summary>The result of a call that must succeed.</summary>
    public JsonElement Get(string method, JsonObject? parameters = null)
    {
        var answer = Answer(Send(method, parameters));
        Assert.True(answer.TryGetProperty("result", out var result), answer.ToString());
        return result;
    }

    /// <summary>The error of a call that must fail.</summary>
    public JsonElement Refusal(string method, JsonObject? parameters = null) => ErrorOf(Answer(Send(method, parameters)));

    public static JsonElement ErrorOf(JsonElement answer)
    {
        Assert.True(answer.TryGetProperty("error", out var error), answer.ToString());
        return error;
    }

    public static int CodeOf(JsonElement error) => error.GetProperty("code").GetInt32();

    /// <summary>The parameters of the next notification that <paramref name="wanted"/> accepts.</summary>
    public JsonElement Notification(string method, Func<JsonElement, bool> wanted) =>
        _inbox.Next(m => m.TryGetProperty("method", out var name) && name.GetString() == method && wanted(m.GetProperty("params"))).GetProperty("params");

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _stream.DisposeAsync();
        _inbox.Dispose();
    }
}
