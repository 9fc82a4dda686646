using System.Text.Json;
using MoeDevtools.Routing;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>An object that a probe sent. What has the wrong type is an error that names it; unknown members are not looked at.</summary>
/// <param name="json">An object, or nothing.</param>
internal readonly struct ProbeJson(JsonElement json)
{
    public string Need(string name) => Text(name) ?? throw Missing(name);

    public string? Text(string name) => Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? StringOf(value, name) : throw Wrong(name);

    public long NeedLong(string name) => Long(name) ?? throw Missing(name);

    public long? Long(string name) => Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Wrong(name);

    /// <summary>From 0.</summary>
    public int NeedInt(string name) => Int(name) ?? throw Missing(name);

    /// <summary>From 0.</summary>
    public int? Int(string name) => Long(name) is not { } number ? null : number is >= 0 and <= int.MaxValue ? (int)number : throw Wrong(name);

    public double? Real(string name) => Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : throw Wrong(name);

    public bool? Flag(string name) => Find(name) is not { } value ? null : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name);

    public ProbeJson? Object(string name) => Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.Object ? new ProbeJson(value) : throw Wrong(name);

    /// <summary>Empty where it is absent.</summary>
    public IReadOnlyList<ProbeJson> Objects(string name) =>
        [.. Array(name).Select(value => value.ValueKind == JsonValueKind.Object ? new ProbeJson(value) : throw Wrong(name))];

    /// <summary>Empty where it is absent.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [.. Array(name).Select(value => value.ValueKind == JsonValueKind.String ? StringOf(value, name) : throw Wrong(name))];

    /// <summary>A frame of a stack.</summary>
    public static SourceFrame Frame(ProbeJson frame) => new(frame.Text("path") ?? "", frame.Int("line") ?? 0, frame.Text("function") ?? "");

    private static string StringOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(name);
        }
    }

    private IEnumerable<JsonElement> Array(string name) => Find(name) is not { } value ? [] : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(name);

    private JsonElement? Find(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static FramingException Missing(string name) => new($"a message has no {name}");

    private static FramingException Wrong(string name) => new($"{name} of a message has another type than it should");
}
