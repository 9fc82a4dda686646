using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Probe;

/// <summary>The line to a daemon (docs/probe-protocol.md). What is sent waits for nobody; only <see cref="Ask"/> and <see cref="Hold"/> wait. Any thread.</summary>
internal sealed class ProbeClient : IDisposable
{
    public const int Protocol = 1;

    /// <summary>Bytes that may wait for the daemon; a batch for which there is no room is dropped and counted.</summary>
    private const long MostQueued = 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(5);

    private readonly NetworkStream _stream;
    private readonly MessageReader _reader;
    private readonly MessageWriter _writer;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(bool IsVerdict, long Id), TaskCompletionSource<Reply?>> _waiting = [];
    private readonly Action<Utf8JsonWriter> _stack;
    private readonly Action<ProbeClient, bool> _ended;
    private long _lastId;
    private int _isEnded;
    private volatile Arming _arming = new();

    /// <param name="socket">Owned.</param>
    /// <param name="stack">Writes the answer to <c>stack</c>. Any thread.</param>
    /// <param name="ended">The daemon has let go (true), or is gone (false). Called once, on any thread; not after <see cref="Dispose"/>.</param>
    public ProbeClient(Socket socket, Action<Utf8JsonWriter> stack, Action<ProbeClient, bool> ended)
    {
        (_stack, _ended) = (stack, ended);
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new MessageReader(_stream, MessageLimits.Probe);
        _writer = new MessageWriter(_stream, () => _end.Cancel(), PatienceAtTheEnd);
        _ = Task.Run(ReadAsync);
    }

    /// <summary>What the daemon said last.</summary>
    public Arming Arming => _arming;

    public bool IsAlive => Volatile.Read(ref _isEnded) == 0;

    public bool HasRoom => _writer.Waiting < MostQueued;

    /// <summary>Routers that it was told of. For the thread that trains.</summary>
    public int Described { get; set; }

    public bool IsDescribed => Described > 0;

    public bool Knows(int router) => router < Described;

    /// <summary>It has let go of a program that is to wait for the next debugger. Set before what waits for an answer is told that none comes.</summary>
    public bool KeepsHeld { get; private set; }

    /// <summary>Batches that had no room since the last step. For the thread that trains.</summary>
    public int Dropped { get; set; }

    /// <param name="address"><c>unix:PATH</c> or <c>tcp:HOST:PORT</c>.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="ProbeLostException">It is no address.</exception>
    public static Socket Connect(string address)
    {
        var (socket, place) = address.Split(':', 2) switch
        {
            ["unix", var path] => (new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), (EndPoint)new UnixDomainSocketEndPoint(path)),
            ["tcp", var host] when IPEndPoint.TryParse(host, out var ip) => (new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp), ip),
            _ => throw new ProbeLostException($"{address} is no address: it has to be unix:PATH or tcp:127.0.0.1:PORT"),
        };
        try
        {
            socket.Connect(place);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Says hello.</summary>
    /// <exception cref="ProbeLostException">The daemon refuses, with its reason, or does not answer.</exception>
    public void Greet(ProcessDescription process, string? token)
    {
        try
        {
            Ask("hello", hello =>
            {
                process.Write(hello);
                if (token is not null) hello.WriteString("token", token);
            }, Patience);
        }
        catch (ProbeLostException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for its answer, without end where no patience is given.</summary>
    /// <exception cref="ProbeLostException">There is none, or it is an error.</exception>
    public void Ask(string method, Action<Utf8JsonWriter> parameters, TimeSpan? patience = null)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = Wait((false, id), () => Send(Json.Request(id, method, parameters)), patience).Json;
        if (answer.TryGetProperty("error", out var error)) throw new ProbeLostException(error.TryGetProperty("message", out var why) ? why.ToString() : "it refused");
    }

    public void Notify(string method, Action<Utf8JsonWriter> parameters) => Send(Json.Notification(method, parameters));

    /// <param name="body">JSON, or a <see cref="BinaryMessage"/>. Copied.</param>
    public void Send(ReadOnlyMemory<byte> body, bool binary = false) => _writer.Send(body.Span, binary);

    /// <summary>Sends what the program waits for, and waits; null = go on as it is.</summary>
    /// <exception cref="ProbeLostException">There comes no verdict.</exception>
    public BinaryMessage? Hold(long id, ReadOnlyMemory<byte> body, bool binary) => Wait((true, id), () => Send(body, binary), null).Columns;

    /// <summary>Says goodbye and ends the connection, once what was sent is written.</summary>
    public void Leave(string reason, string? message = null)
    {
        Notify("bye", bye =>
        {
            bye.WriteString("reason", reason);
            if (message is not null) bye.WriteString("message", message);
        });
        Dispose();
    }

    /// <summary>Ends the connection and all waiting, once what was sent is written.</summary>
    public void Dispose() => End(null);

    private Reply Wait((bool, long) key, Action send, TimeSpan? patience)
    {
        var reply = _waiting[key] = new TaskCompletionSource<Reply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (!IsAlive) throw new ProbeLostException("the connection ended");
            send();
            if (!reply.Task.Wait(patience ?? Timeout.InfiniteTimeSpan)) throw new ProbeLostException($"it did not answer within {patience!.Value.TotalSeconds:0} seconds");
            return reply.Task.GetAwaiter().GetResult() ?? throw new ProbeLostException("the connection ended");
        }
        finally
        {
            _waiting.TryRemove(key, out _);
        }
    }

    private async Task ReadAsync()
    {
        var detached = false;
        try
        {
            while (!detached && await _reader.ReadAsync(_end.Token).ConfigureAwait(false) is { } body)
            {
                if (_reader.IsBinary) TakeVerdict(BinaryMessage.Read(body));
                else detached = Take(body);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or FramingException or JsonException or InvalidOperationException or FormatException)
        {
            // The other side is gone, or what comes means nothing.
        }
        End(detached);
    }

    private void TakeVerdict(BinaryMessage message)
    {
        if (message.Head.TryGetProperty("type", out var type) && type.ValueEquals("verdict")) Reply(true, message.Head.GetProperty("id").GetInt64(), new Reply(message.Head, message));
    }

    /// <returns>The daemon has let go.</returns>
    private bool Take(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        var message = json.RootElement.Clone();
        var parameters = message.TryGetProperty("params", out var given) ? given : default;
        var hasId = message.TryGetProperty("id", out var id);
        switch (message.TryGetProperty("method", out var method) ? method.GetString() : null)
        {
            case null:
                if (message.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object && result.TryGetProperty("armed", out _)) _arming = new Arming(result);
                Reply(false, id.GetInt64(), new Reply(message, null));
                break;
            case "arm":
                _arming = new Arming(parameters);
                break;
            case "verdict":
                Reply(true, parameters.GetProperty("id").GetInt64(), new Reply(parameters, null));
                break;
            case "detach":
                KeepsHeld = parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("hold", out var hold) && hold.GetBoolean();
                return true;
            case "stack" when hasId:
                Send(Json.Answer(id, _stack));
                break;
            case var other when hasId:
                Send(Json.Answer(id, answer =>
                {
                    answer.WriteStartObject("error");
                    answer.WriteNumber("code", -32601);
                    answer.WriteString("message", $"there is no method {other}");
                    answer.WriteEndObject();
                }));
                break;
        }
        return false;
    }

    private void Reply(bool isVerdict, long id, Reply reply)
    {
        if (_waiting.TryGetValue((isVerdict, id), out var waiting)) waiting.TrySetResult(reply);
    }

    /// <param name="detached">Null = this side ends it.</param>
    private void End(bool? detached)
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0) return;
        if (detached is { } letGo) _ended(this, letGo);
        foreach (var waiting in _waiting.Values) waiting.TrySetResult(null);
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _end.Cancel();
        _stream.Dispose();
    }
}
