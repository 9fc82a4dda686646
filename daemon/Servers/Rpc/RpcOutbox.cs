using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Wire;

namespace MoeDevtools.Servers.Rpc;

/// <summary>Sends what goes to the client. Any thread; never waits for the client.</summary>
internal sealed class RpcOutbox(MessageWriter writer)
{
    /// <summary>The client's language.</summary>
    public Translations Translations { get; set; } = Translations.English;

    public void Notify<T>(string method, T parameters, JsonTypeInfo<T> type) => Send(json =>
    {
        json.WriteString("method", method);
        json.WritePropertyName("params");
        JsonSerializer.Serialize(json, parameters, type);
    });

    public void Answer(JsonElement id, Action<Utf8JsonWriter> writeResult) => Send(json =>
    {
        json.WritePropertyName("id");
        id.WriteTo(json);
        json.WritePropertyName("result");
        writeResult(json);
    });

    /// <param name="id">Null = of no call that can be told.</param>
    public void Fail(JsonElement? id, int code, string message, UserError? error = null) => Send(json =>
    {
        json.WritePropertyName("id");
        if (id is { } value) value.WriteTo(json);
        else json.WriteNullValue();
        json.WritePropertyName("error");
        var data = error is null ? null : new RpcErrorData(error.Id, Translations.Text(error.Facts), Translations.Text(error.WhatToDo));
        JsonSerializer.Serialize(json, new RpcError(code, message) { Data = data }, RpcJson.Default.RpcError);
    });

    private void Send(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            write(json);
            json.WriteEndObject();
        }
        writer.Send(buffer.WrittenSpan);
    }
}
