using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Wire;

namespace MoeDevtools.Servers.Dap;

/// <summary>Numbers and sends what goes to the client. Any thread; never waits for the client.</summary>
internal sealed class Outbox(MessageWriter writer)
{
    /// <summary>Commands whose client shows a failure where it was asked for; a message box would say it twice.</summary>
    private static readonly string[] Quiet = ["evaluate", "completions", "variables", "scopes", "stackTrace", "setVariable", "setExpression", "dataBreakpointInfo", "exceptionInfo", "threads", "source", "readMemory"];

    private readonly Lock _gate = new();      // guards _seq and the order of messages
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private int _seq;

    /// <summary>The client's language.</summary>
    public Translations Translations { get; set; } = Translations.English;

    public void Event(string name) => Send("event", json => json.WriteString("event", name));

    public void Event<T>(string name, T body, JsonTypeInfo<T> type) => Send("event", json =>
    {
        json.WriteString("event", name);
        WriteBody(json, body, type);
    });

    /// <summary>A request to the client; nobody waits for its answer.</summary>
    public void Ask<T>(string command, T arguments, JsonTypeInfo<T> type) => Send("request", json =>
    {
        json.WriteString("command", command);
        json.WritePropertyName("arguments");
        JsonSerializer.Serialize(json, arguments, type);
    });

    public void Respond(Request request) => Answer(request, success: true, _ => { });

    public void Respond<T>(Request request, T body, JsonTypeInfo<T> type) => Answer(request, success: true, json => WriteBody(json, body, type));

    /// <summary>A failure; <paramref name="word"/> is the protocol's own word for it (<c>cancelled</c>, <c>notStopped</c>), null = there is none.</summary>
    /// <param name="text">What a person reads; null = the error.</param>
    public void Fail(Request request, UserError error, string? word = null, string? text = null)
    {
        text ??= Text(error);
        var body = new ErrorBody(new Message(int.Parse(error.Id.AsSpan("MOE".Length), System.Globalization.CultureInfo.InvariantCulture), text, !Quiet.Contains(request.Command)));
        Answer(request, success: false, json =>
        {
            json.WriteString("message", word ?? text);
            WriteBody(json, body, DapJson.Default.ErrorBody);
        });
    }

    public void Cancelled(Request request) => Answer(request, success: false, json =>
    {
        json.WriteString("message", "cancelled");
        json.WriteStartObject("body");
        json.WriteEndObject();
    });

    /// <summary>An error in the client's language, with its id.</summary>
    public string Text(UserError error) => $"{error.Id}: {Translations.Text(error.Facts)} {Translations.Text(error.WhatToDo)}";

    /// <summary>An error about <paramref name="text"/>, which it points at where it knows the place.</summary>
    public string Pointing(UserError error, string text)
    {
        if (error is not ConditionError condition || text.Contains('\n', StringComparison.Ordinal)) return Text(error);
        return $"{text}\n{new string(' ', condition.Column - 1)}{new string('^', condition.Length)}\n{Text(error)}";
    }

    private void Answer(Request request, bool success, Action<Utf8JsonWriter> write)
    {
        if (!request.Answer()) return;
        Send("response", json =>
        {
            json.WriteNumber("request_seq", request.Seq);
            json.WriteBoolean("success", success);
            json.WriteString("command", request.Command);
            write(json);
        });
    }

    private static void WriteBody<T>(Utf8JsonWriter json, T body, JsonTypeInfo<T> type)
    {
        json.WritePropertyName("body");
        JsonSerializer.Serialize(json, body, type);
    }

    private void Send(string type, Action<Utf8JsonWriter> write)
    {
        lock (_gate)
        {
            _buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_buffer))
            {
                json.WriteStartObject();
                json.WriteNumber("seq", _seq + 1);
                json.WriteString("type", type);
                write(json);
                json.WriteEndObject();
            }
            _seq++;
            writer.Send(_buffer.WrittenSpan);
        }
    }
}
