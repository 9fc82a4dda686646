using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>The line to the probe of one rank (docs/probe-protocol.md). Sending never waits; any thread may send.</summary>
internal sealed class ProbeConnection : IAsyncDisposable
{
    public const int Protocol = 1;

    private readonly Stream _stream;
    private readonly MessageReader _reader;
    private readonly MessageWriter _writer;
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<ProbeJson>> _asked = [];
    private int _lastId;
    private int _isDisposed;

    /// <param name="stream">Owned.</param>
    public ProbeConnection(Stream stream, bool trusted)
    {
        _stream = stream;
        _reader = new MessageReader(stream, trusted ? MessageLimits.Probe : MessageLimits.Stranger);
        _writer = new MessageWriter(stream, End);
    }

    /// <summary>Set by the handshake.</summary>
    public int Rank { get; private set; }

    /// <summary>Set by the handshake; at least 1.</summary>
    public int WorldSize { get; private set; }

    public int ProcessId { get; private set; }

    /// <summary>Probe, runtime and framework, as they call themselves.</summary>
    public string Description { get; private set; } = "";

    /// <summary>The program with its arguments; empty where the probe does not know it.</summary>
    public string Command { get; private set; } = "";

    /// <summary>Indices of the session's routers by those of this connection; null until they are known.</summary>
    public IReadOnlyList<int>? Routers { get; set; }

    /// <summary>Reads the probe's hello and answers it. False: it is none, and the connection is of no use.</summary>
    /// <param name="token">What it must bring; null = nothing.</param>
    public async Task<bool> GreetAsync(string? token, CancellationToken cancelled)
    {
        if (await _reader.ReadAsync(cancelled).ConfigureAwait(false) is not { } body || _reader.IsBinary) return false;
        using var json = Parse(body);
        var root = new ProbeJson(json.RootElement);
        if (root.Text("method") != "hello" || !json.RootElement.TryGetProperty("id", out var id) || root.Object("params") is not { } hello) return false;
        if (token is not null && !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(hello.Text("token") ?? "")))
        {
            Refuse(id, -32002, "the token is not that of this daemon");
            return false;
        }
        if (hello.NeedInt("protocol") is not Protocol and var spoken)
        {
            Refuse(id, -32001, $"this daemon speaks version {Protocol} of the probe protocol and the probe {spoken}: update {(spoken < Protocol ? "the probe" : "moe-devtools")}");
            return false;
        }
        (Rank, WorldSize, ProcessId) = (hello.Int("rank") ?? 0, Math.Max(1, hello.Int("worldSize") ?? 1), hello.Int("pid") ?? 0);
        Description = string.Join(", ", new[] { hello.Text("probe"), hello.Text("runtime"), hello.Text("framework") }.Where(word => word is not null));
        Command = string.Join(' ', hello.Texts("args").Prepend(hello.Text("program") ?? "").Where(word => word.Length > 0));
        _reader.Limits = MessageLimits.Probe;
        Answer(id, result =>
        {
            result.WriteStartObject();
            result.WriteNumber("protocol", Protocol);
            result.WriteString("daemon", TraceInfos.Version);
            result.WriteEndObject();
        });
        return true;
    }

    /// <summary>Hands on everything that the probe says, in order, until the connection ends; then says that it is gone.</summary>
    /// <param name="take">May wait: the probe then waits too, or drops what does not have to come.</param>
    /// <param name="log">Told why a connection was ended from this side.</param>
    public async Task ReadAsync(Action<ProbeMessage> take, Action<string> log)
    {
        try
        {
            while (await _reader.ReadAsync(_ended.Token).ConfigureAwait(false) is { } body)
            {
                if (_reader.IsBinary)
                {
                    var binary = BinaryMessage.Read(body);
                    take(new ProbeMessage(this, new ProbeJson(binary.Head).Need("type")) { Binary = binary, Parameters = new ProbeJson(binary.Head) });
                    continue;
                }
                using var json = Parse(body);
                Dispatch(json.RootElement.Clone(), take);
            }
        }
        catch (FramingException error)
        {
            log($"the connection to rank {Rank} is closed: {error.Message}");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The program has ended, or the session.
        }
        End();
        foreach (var waiting in _asked.Values) waiting.TrySetCanceled();
        take(new ProbeMessage(this, ProbeMessage.Gone));
    }

    /// <summary>Answers a request with what <paramref name="result"/> writes.</summary>
    public void Answer(JsonElement id, Action<Utf8JsonWriter> result) => Send(message =>
    {
        message.WritePropertyName("id");
        id.WriteTo(message);
        message.WritePropertyName("result");
        result(message);
    });

    public void Notify(string method, Action<Utf8JsonWriter> members) => Send(message =>
    {
        message.WriteString("method", method);
        message.WriteStartObject("params");
        members(message);
        message.WriteEndObject();
    });

    /// <param name="body">A whole binary message.</param>
    public void Send(ReadOnlySpan<byte> body) => _writer.Send(body, binary: true);

    /// <summary>Where the program's main thread is; null where it does not say within <paramref name="patience"/>.</summary>
    public async Task<ProgramStack?> StackAsync(TimeSpan patience)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = _asked[id] = new TaskCompletionSource<ProbeJson>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(message =>
        {
            message.WriteNumber("id", id);
            message.WriteString("method", "stack");
        });
        try
        {
            var stack = await answer.Task.WaitAsync(patience).ConfigureAwait(false);
            var main = stack.Objects("threads") is [var first, ..] ? first : default;
            return new ProgramStack([.. main.Objects("frames").Select(ProbeJson.Frame)], main.Text("heldBy"));
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException or FramingException)
        {
            return null;
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    /// <summary>Calling it again does nothing: a connection that was let go of is heard to end afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _writer.DisposeAsync().ConfigureAwait(false);
        End();
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            throw new FramingException("a message is no JSON");
        }
    }

    private void Dispatch(JsonElement json, Action<ProbeMessage> take)
    {
        var root = new ProbeJson(json);
        JsonElement? id = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("id", out var given) ? given : null;
        if (root.Text("method") is { } method) take(new ProbeMessage(this, method) { Parameters = root.Object("params") ?? default, Request = id });
        else if (id is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var asked) && _asked.TryGetValue(asked, out var waiting)) waiting.TrySetResult(root.Object("result") ?? default);
    }

    /// <summary>Answers a request with an error.</summary>
    public void Refuse(JsonElement id, int code, string why) => Send(message =>
    {
        message.WritePropertyName("id");
        id.WriteTo(message);
        message.WriteStartObject("error");
        message.WriteNumber("code", code);
        message.WriteString("message", why);
        message.WriteEndObject();
    });

    private void Send(Action<Utf8JsonWriter> members)
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc", "2.0");
            members(writer);
            writer.WriteEndObject();
        }
        _writer.Send(body.GetBuffer().AsSpan(0, (int)body.Length));
    }

    private void End()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // it has ended
        }
    }
}
