using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MoeDevtools.Host.Verbs;

/// <summary>
/// The output of <c>--json</c>: one JSON object a line, UTF-8, each with a <c>kind</c>. A line is written whole or not at all.
/// Any thread may call.
/// </summary>
internal sealed class JsonLines(Stream output)
{
    // JSON is UTF-8 wherever it goes, so text stays readable; what could break a line or HTML is no concern of a pipe.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new(); // guards _line and the order of lines
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Writes <c>{"kind": kind, ...}</c>; <paramref name="fields"/> adds the rest as properties.</summary>
    public void Write(string kind, Action<Utf8JsonWriter> fields) => WriteLine(json =>
    {
        json.WriteStartObject();
        json.WriteString("kind", kind);
        fields(json);
        json.WriteEndObject();
    });

    private void WriteLine(Action<Utf8JsonWriter> write)
    {
        lock (_gate)
        {
            _line.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_line, Options))
            {
                write(json);
            }

            _line.Write("\n"u8);
            output.Write(_line.WrittenSpan);
        }
    }
}
