using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Rpc.Protocol;

namespace MoeDevtools.Servers.Rpc;

/// <summary>A call of the client. Answered once, by its method or by what went wrong.</summary>
/// <param name="id">Null = a notification: nobody waits for an answer.</param>
internal sealed class Call(string method, JsonElement? id, Parameters parameters, RpcOutbox outbox)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly JsonElement? _progress = parameters.TokenIf("progressToken");
    private int _percentage = -1;
    private long _reported;

    public string Method => method;

    public JsonElement? Id => id;

    public Parameters Parameters => parameters;

    /// <summary>The client's language.</summary>
    public Translations Translations => outbox.Translations;

    public CancellationTokenSource Cancellation { get; } = new();

    public CancellationToken Cancelled => Cancellation.Token;

    public void Answer<T>(T result, JsonTypeInfo<T> type)
    {
        if (id is { } value) outbox.Answer(value, json => JsonSerializer.Serialize(json, result, type));
    }

    public void AnswerNull()
    {
        if (id is { } value) outbox.Answer(value, json => json.WriteNullValue());
    }

    /// <summary>Tells how much is done, 0 to 1, where the client wants to know: at most ten times a second.</summary>
    public void Report(double done)
    {
        var percentage = (int)(done * 100);
        if (_progress is not { } token || percentage == _percentage || Environment.TickCount64 - _reported < Pace.TotalMilliseconds) return;
        (_percentage, _reported) = (percentage, Environment.TickCount64);
        outbox.Notify("$/progress", new ProgressNote(token, new ProgressValue { Percentage = percentage }), RpcJson.Default.ProgressNote);
    }
}
