using System.Collections.Concurrent;
using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Rpc.Methods;

namespace MoeDevtools.Servers.Rpc;

/// <summary>Gives each call of a client to its method and answers what goes wrong. Called by the reader's thread alone.</summary>
internal sealed class RpcDispatcher : IAsyncDisposable
{
    /// <summary>Calls that run in the background at once; more wait for their turn.</summary>
    private const int MostAtOnce = 4;

    private readonly RpcOutbox _outbox;
    private readonly RpcOptions _options;
    private readonly ServiceMethods _service;
    private readonly SessionsNotifier _notifier;
    private readonly Dictionary<string, RpcMethod> _methods;
    private readonly ConcurrentDictionary<string, Call> _running = [];      // in the background, by id
    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private readonly CancellationTokenSource _closing = new();

    public RpcDispatcher(RpcOutbox outbox, RpcOptions options)
    {
        (_outbox, _options) = (outbox, options);
        _notifier = new SessionsNotifier(outbox, options.Registry);
        _service = new ServiceMethods(outbox, options, Cancel, _notifier.Start);
        IEnumerable<RpcMethod>[] groups =
            [_service.All, ProcessMethods.All, new SessionMethods(options.Registry).All, new ModelMethods(options.Registry).All, new RecordingMethods(options.Registry).All, new ViewMethods(options.Registry).All,
            new ChartMethods(options.Registry).All];
        _methods = groups.SelectMany(group => group).ToDictionary(method => method.Name);
    }

    public void Dispatch(byte[] body)
    {
        JsonElement message;
        try
        {
            using var parsed = JsonDocument.Parse(body);
            message = parsed.RootElement.Clone();
        }
        catch (JsonException error)
        {
            _outbox.Fail(null, ErrorCodes.ParseError, error.Message);
            return;
        }
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("method", out var name) || name.ValueKind != JsonValueKind.String)
        {
            _outbox.Fail(null, ErrorCodes.InvalidRequest, "a message has no method");
            return;
        }
        JsonElement? id = message.TryGetProperty("id", out var given) && given.ValueKind is JsonValueKind.String or JsonValueKind.Number ? given : null;
        Guarded(id, name.GetString()!, () => Start(new Call(name.GetString()!, id, new Parameters(message.TryGetProperty("params", out var parameters) ? parameters : default), _outbox)));
    }

    /// <summary>The client has gone: what still runs is cancelled, and has ended when this returns.</summary>
    public async ValueTask DisposeAsync()
    {
        _notifier.Dispose();
        await _closing.CancelAsync().ConfigureAwait(false);
        for (var i = 0; i < MostAtOnce; i++) await _turns.WaitAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private void Start(Call call)
    {
        if (!_methods.TryGetValue(call.Method, out var method)) _outbox.Fail(call.Id, ErrorCodes.MethodNotFound, $"there is no method {call.Method}");
        else if (!_service.Admits(call.Method)) _outbox.Fail(call.Id, ErrorCodes.NotInitialized, $"{call.Method} came before initialize");
        else if (method.InBackground) StartInBackground(method, call);
        else method.Run(call);
    }

    private void StartInBackground(RpcMethod method, Call call)
    {
        if (call.Id is { } id) _running[id.GetRawText()] = call;
        var registration = _closing.Token.Register(call.Cancellation.Cancel);
        Task.Run(async () =>
        {
            try
            {
                await _turns.WaitAsync(call.Cancelled).ConfigureAwait(false);
                Guarded(call.Id, call.Method, () => method.Run(call));
                _turns.Release();
            }
            catch (OperationCanceledException)
            {
                FailCancelled(call.Id, call.Method);
            }
            if (call.Id is { } done) _running.TryRemove(new(done.GetRawText(), call));
            await registration.DisposeAsync().ConfigureAwait(false);
        });
    }

    /// <summary>Cancels a call in the background; nothing happens where there is none.</summary>
    private void Cancel(JsonElement id)
    {
        if (_running.TryGetValue(id.GetRawText(), out var call)) call.Cancellation.Cancel();
    }

    private void Guarded(JsonElement? id, string method, Action run)
    {
        try
        {
            run();
        }
        catch (UserError error)
        {
            _outbox.Fail(id, ErrorCodes.Refused, error.Message, error);
        }
        catch (ParameterException error)
        {
            _outbox.Fail(id, ErrorCodes.InvalidParams, error.Message);
        }
        catch (OperationCanceledException)
        {
            FailCancelled(id, method);
        }
#pragma warning disable CA1031 // a defect of one call is answered and logged; the others go on
        catch (Exception error)
#pragma warning restore CA1031
        {
            _options.Log($"{method}: {error}");
            _outbox.Fail(id, ErrorCodes.InternalError, $"{method} failed: {error.GetType().Name}: {error.Message}");
        }
    }

    private void FailCancelled(JsonElement? id, string method) => _outbox.Fail(id, ErrorCodes.Cancelled, $"{method} was cancelled");
}
