using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MoeDevtools.Probe;

/// <summary>JSON-RPC messages, written.</summary>
internal static class Json
{
    /// <summary>As other senders of the protocol write text: escaped where JSON asks for it and nowhere else.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Request(long id, string method, Action<Utf8JsonWriter> parameters) => Message(message =>
    {
        message.WriteNumber("id", id);
        WriteCall(message, method, parameters);
    });

    public static ReadOnlyMemory<byte> Notification(string method, Action<Utf8JsonWriter> parameters) => Message(message => WriteCall(message, method, parameters));

    /// <param name="id">Of the request that is answered.</param>
    /// <param name="result">Writes the member <c>result</c> or <c>error</c>.</param>
    public static ReadOnlyMemory<byte> Answer(JsonElement id, Action<Utf8JsonWriter> result) => Message(message =>
    {
        message.WritePropertyName("id");
        id.WriteTo(message);
        result(message);
    });

    /// <summary>An object by itself.</summary>
    public static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return bytes.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Message(Action<Utf8JsonWriter> members) => Object(message =>
    {
        message.WriteString("jsonrpc", "2.0");
        members(message);
    });

    private static void WriteCall(Utf8JsonWriter message, string method, Action<Utf8JsonWriter> parameters)
    {
        message.WriteString("method", method);
        message.WriteStartObject("params");
        parameters(message);
        message.WriteEndObject();
    }
}
