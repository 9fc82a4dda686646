using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Capture.Training;

/// <summary>A training program as far as the wire shows one: says what a test tells it to, and hears what the daemon says.</summary>
internal sealed class ScriptedProbe : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly MessageReader _reader;
    private readonly MessageWriter _writer;
    private int _lastId;

    public ScriptedProbe(string address)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(address["unix:".Length..]));
        var stream = new NetworkStream(_socket);
        (_reader, _writer) = (new MessageReader(stream, MessageLimits.Probe), new MessageWriter(stream, () => { }));
    }

    /// <summary>What the daemon wants, as it last said before what was read last.</summary>
    public JsonElement Arm { get; private set; }

    public async Task<JsonElement> HelloAsync(int rank = 0, int worldSize = 1, int protocol = 1) => await AskAsync(
        "hello", new JsonObject { ["protocol"] = protocol, ["probe"] = "scripted", ["pid"] = 0, ["rank"] = rank, ["worldSize"] = worldSize, ["program"] = "train.py" });

    /// <summary>Describes routers; the answer comes once the session runs.</summary>
    public async Task RoutersAsync(params JsonObject[] routers) => Arm = (await AskAsync("routers", new JsonObject { ["routers"] = new JsonArray([.. routers]) })).GetProperty("result");

    public static JsonObject Router(int layer, int experts = 8, int k = 2, string scores = "softmax") => new()
    {
        ["name"] = $"layers.{layer}.gate", ["layer"] = layer, ["experts"] = experts, ["k"] = k, ["rule"] = new JsonObject { ["scores"] = scores, ["normalise"] = true }, ["changes"] = "weights",
        ["sources"] = new JsonArray(new JsonObject { ["path"] = "/projects/train.py", ["line"] = 7, ["what"] = "call" }),
    };

    public void Rows(long step, int rows, int pass = 0, int[]? tokens = null, byte[]? padding = null) => SendBinary(
        new { type = "rows", step, pass, phase = "train", rows },
        [
            .. tokens is null ? [] : (WrittenColumn[])[WrittenColumn.Of("token_id", tokens, rows), WrittenColumn.Of("sequence", new int[rows], rows), WrittenColumn.Of("position", Enumerable.Range(0, rows).ToArray(), rows)],
            .. padding is null ? [] : (WrittenColumn[])[WrittenColumn.Of("padding", padding, rows)],
        ]);

    /// <summary>One decision a row: these experts, logits that choose them.</summary>
    /// <returns>The id; 0 = it is not waited for.</returns>
    public int Batch(long step, int router, int[][] experts, bool held = false, int n = 8, float logit = 1, int pass = 0)
    {
        var (tokens, slots) = (experts.Length, experts[0].Length);
        var logits = new float[tokens * n];
        for (var row = 0; row < tokens; row++)
            foreach (var e in experts[row])
                if (e >= 0) logits[row * n + e] = logit;
        var id = ++_lastId;
        SendBinary(
            new { type = "batch", id, router, step, pass, phase = "train", held, tokens, slots },
            [
                WrittenColumn.Of("router_logits", logits, tokens, n), WrittenColumn.Of("selected_experts", experts.SelectMany(e => e).ToArray(), tokens, slots),
                WrittenColumn.Of("routing_weights", Enumerable.Repeat(1f / slots, tokens * slots).ToArray(), tokens, slots),
            ]);
        return id;
    }

    public int Step(long step, bool held = false, string? checksum = null)
    {
        var id = ++_lastId;
        Notify("step", new JsonObject { ["id"] = id, ["step"] = step, ["held"] = held, ["routers"] = new JsonArray(new JsonObject { ["router"] = 0, ["checksum"] = checksum, ["gradient"] = true }) });
        return id;
    }

    public void Notify(string method, JsonObject parameters) => Send(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = parameters });

    /// <summary>The verdict on an id: null = go on as it is.</summary>
    public async Task<BinaryMessage?> VerdictAsync(int id)
    {
        var (json, binary) = await ReadAsync(json => json?.GetProperty("method").GetString() == "verdict" || json is null);
        Assert.Equal(id, binary?.Head.GetProperty("id").GetInt32() ?? json!.Value.GetProperty("params").GetProperty("id").GetInt32());
        return binary;
    }

    /// <summary>Reads until a request of this method comes, and answers it.</summary>
    public async Task AnswerAsync(string method, JsonNode result)
    {
        var (json, _) = await ReadAsync(json => json is { } j && j.TryGetProperty("method", out var m) && m.GetString() == method);
        Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = json!.Value.GetProperty("id").GetInt32(), ["result"] = result });
    }

    /// <summary>True once the daemon has let go.</summary>
    public async Task<bool> DetachedAsync()
    {
        await ReadAsync(json => json is { } j && j.TryGetProperty("method", out var m) && m.GetString() == "detach");
        return true;
    }

    public void SendRaw(string bytes) => _socket.Send(Encoding.Latin1.GetBytes(bytes));

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _socket.Dispose();
    }

    private async Task<JsonElement> AskAsync(string method, JsonObject parameters)
    {
        var id = ++_lastId;
        Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters });
        var (json, _) = await ReadAsync(json => json is { } j && !j.TryGetProperty("method", out _) && j.GetProperty("id").GetInt32() == id);
        return json!.Value;
    }

    private async Task<(JsonElement? Json, BinaryMessage? Binary)> ReadAsync(Func<JsonElement?, bool> isIt)
    {
        while (true)
        {
            var body = await _reader.ReadAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token) ?? throw new EndOfStreamException("the daemon has closed the connection");
            if (_reader.IsBinary)
            {
                Assert.True(isIt(null));
                return (null, BinaryMessage.Read(body));
            }
            var json = JsonDocument.Parse(body).RootElement;
            if (json.TryGetProperty("method", out var method) && method.GetString() == "arm") Arm = json.GetProperty("params");
            if (isIt(json)) return (json, null);
        }
    }

    private void Send(JsonObject message) => _writer.Send(Encoding.UTF8.GetBytes(message.ToJsonString()));

    private void SendBinary(object head, IReadOnlyList<WrittenColumn> columns) => _writer.Send(
        BinaryMessage.Write(writer =>
        {
            foreach (var member in JsonSerializer.SerializeToElement(head).EnumerateObject()) member.WriteTo(writer);
        }, columns),
        binary: true);
}
