using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Sessions;
using MoeDevtools.Wire;

namespace MoeDevtools.Servers.Rpc;

/// <summary>JSON-RPC 2.0 for one client: what views ask of the sessions of a daemon (docs/rpc.md). It translates and decides nothing.</summary>
/// <param name="stream">Not owned.</param>
/// <param name="shutdown">Ends the daemon.</param>
/// <param name="log">Takes lines for whoever runs the program. Any thread.</param>
public sealed class RpcServer(Stream stream, SessionRegistry sessions, Action shutdown, Action<string> log)
{
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int MethodNotFound = -32601;
    private const int InvalidParams = -32602;

    /// <summary>Of this program: <c>data</c> has the id, the facts and what to do.</summary>
    private const int Refused = -32000;

    /// <summary>Serves until the client's stream ends or is no protocol.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        var writer = new MessageWriter(stream, stop.Cancel);
        var reader = new MessageReader(stream, MessageLimits.Default);
        try
        {
            while (await reader.ReadAsync(stop.Token).ConfigureAwait(false) is { } body) Handle(body, writer);
        }
        catch (FramingException error)
        {
            log($"the connection is closed: {error.Message}");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client has gone, or the daemon ends.
        }
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    private void Handle(byte[] body, MessageWriter writer)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException error)
        {
            Fail(writer, null, new RpcError(ParseError, error.Message));
            return;
        }
        using (document)
        {
            var message = document.RootElement;
            if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("method", out var method) || method.ValueKind != JsonValueKind.String)
            {
                Fail(writer, null, new RpcError(InvalidRequest, "a message has no method"));
                return;
            }
            // Without an id it is a notification, and nobody waits for an answer.
            JsonElement? id = message.TryGetProperty("id", out var given) && given.ValueKind is JsonValueKind.String or JsonValueKind.Number ? given : null;
            try
            {
                Call(method.GetString()!, message.TryGetProperty("params", out var parameters) ? parameters : default, id, writer);
            }
            catch (UserError error)
            {
                Fail(writer, id, new RpcError(Refused, error.Message)
                {
                    Data = new RpcErrorData(error.Id, FormattableString.Invariant(error.Facts), FormattableString.Invariant(error.WhatToDo)),
                });
            }
            catch (ParameterException error)
            {
                Fail(writer, id, new RpcError(InvalidParams, error.Message));
            }
        }
    }

    private void Call(string method, JsonElement parameters, JsonElement? id, MessageWriter writer)
    {
        switch (method)
        {
            case "initialize":
                Answer(writer, id, new ServerInfo(typeof(RpcServer).Assembly.GetName().Version!.ToString(3), 1, Environment.ProcessId), RpcJson.Default.ServerInfo);
                break;
            case "sessions/list":
                Answer(writer, id, [.. sessions.All.Select(Describe)], RpcJson.Default.IReadOnlyListSessionInfo);
                break;
            case "session/interventions":
                Answer(writer, id, [.. Session(parameters).Session.Interventions.Select(Describe)], RpcJson.Default.IReadOnlyListInterventionInfo);
                break;
            case "session/intervene":
                var active = Session(parameters).Intervene(SessionCommands.Interventions.ParseSet(Text(parameters, "changes")), Flag(parameters, "once"));
                Answer(writer, id, Describe(active), RpcJson.Default.InterventionInfo);
                break;
            case "session/undo":
                Session(parameters).Remove(Integer(parameters, "intervention"));
                AnswerNull(writer, id);
                break;
            case "shutdown":
                AnswerNull(writer, id);
                shutdown();
                break;
            default:
                Fail(writer, id, new RpcError(MethodNotFound, $"there is no method {method}"));
                break;
        }
    }

    private static SessionInfo Describe(SessionEntry entry)
    {
        var stop = entry.Session.Stopped;
        return new SessionInfo(entry.Id, entry.Launched.Kind, entry.Launched.Source.Name, Word(entry.Session.State), stop is null ? null
            : new StopInfo(stop.Cursor.Step, stop.Cursor.Pass, stop.Router.Name, stop.Row, Word(stop.Reason), stop.IsPast));
    }

    private static InterventionInfo Describe(ActiveIntervention active) => new(active.Id, active.Changes.ToString(), active.Once);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);

    private SessionEntry Session(JsonElement parameters) => sessions.Find(Text(parameters, "session"));

    private static string Text(JsonElement parameters, string name) =>
        Find(parameters, name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new ParameterException($"{name} is not a string");

    private static int Integer(JsonElement parameters, string name) =>
        Find(parameters, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : throw new ParameterException($"{name} is not a whole number");

    private static bool Flag(JsonElement parameters, string name) => Find(parameters, name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw new ParameterException($"{name} is neither true nor false"),
    };

    private static JsonElement? Find(JsonElement parameters, string name) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(name, out var value) ? value : null;

    private static void Answer<T>(MessageWriter writer, JsonElement? id, T result, JsonTypeInfo<T> type) => Send(writer, id, json =>
    {
        json.WritePropertyName("result");
        JsonSerializer.Serialize(json, result, type);
    });

    private static void AnswerNull(MessageWriter writer, JsonElement? id) => Send(writer, id, json => json.WriteNull("result"));

    /// <summary>An error is told even where it belongs to no request: then its id is null.</summary>
    private static void Fail(MessageWriter writer, JsonElement? id, RpcError error) => Write(writer, id, json =>
    {
        json.WritePropertyName("error");
        JsonSerializer.Serialize(json, error, RpcJson.Default.RpcError);
    });

    private static void Send(MessageWriter writer, JsonElement? id, Action<Utf8JsonWriter> write)
    {
        if (id is not null) Write(writer, id, write);
    }

    private static void Write(MessageWriter writer, JsonElement? id, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WritePropertyName("id");
            if (id is { } value) value.WriteTo(json);
            else json.WriteNullValue();
            write(json);
            json.WriteEndObject();
        }
        writer.Send(buffer.WrittenSpan);
    }

    private sealed class ParameterException(string message) : Exception(message);
}
