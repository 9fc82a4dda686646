using System.Text.Json;
using MoeDevtools.Debugging.Views;

namespace MoeDevtools.Servers.Rpc;

/// <summary>The parameters of a call, read by name and type. What is absent and what is JSON null are the same.</summary>
internal readonly struct Parameters(JsonElement json)
{
    public string Text(string name) => TextIf(name) ?? throw new ParameterException($"{name} is missing");

    public string? TextIf(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new ParameterException($"{name} is not a string");

    public IReadOnlyList<string> Texts(string name) => TextsIf(name) ?? throw new ParameterException($"{name} is missing");

    public IReadOnlyList<string>? TextsIf(string name) => Find(name) is not { } list ? null
        : list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : throw new ParameterException($"{name} is not a list of strings");

    public int Whole(string name) => WholeIf(name) ?? throw new ParameterException($"{name} is missing");

    public int? WholeIf(string name) => LongIf(name) is not { } value ? null
        : value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new ParameterException($"{name} is not a whole number of 32 bits");

    public long Long(string name) => LongIf(name) ?? throw new ParameterException($"{name} is missing");

    public long? LongIf(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw new ParameterException($"{name} is not a whole number");

    public double? RealIf(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw new ParameterException($"{name} is not a number");

    public bool Flag(string name) => Find(name) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new ParameterException($"{name} is neither true nor false"));

    public Parameters? ObjectIf(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new Parameters(value) : throw new ParameterException($"{name} is not an object");

    /// <summary>A string or a number that the client chose.</summary>
    public JsonElement? TokenIf(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value : throw new ParameterException($"{name} is neither a string nor a number");

    public StepRange Range() => ObjectIf("range") is { } range ? new StepRange(range.LongIf("from"), range.LongIf("to")) : default;

    /// <summary>A row of a router: <c>step</c> and, where they are not 0, <c>pass</c>, <c>rank</c> and <c>row</c>.</summary>
    public RowPlace Place() => new(Long("step"), WholeIf("pass") ?? 0, WholeIf("rank") ?? 0, WholeIf("row") ?? 0);

    /// <summary>The index of one of so many routers.</summary>
    public int Router(string name, int routers) =>
        Whole(name) is var index && (uint)index < (uint)routers ? index : throw new ParameterException($"{name} {index} is none of the {routers} routers");

    /// <summary>The indices of some of so many routers.</summary>
    public IReadOnlyList<int>? RoutersIf(string name, int routers)
    {
        if (Find(name) is not { } list) return null;
        if (list.ValueKind != JsonValueKind.Array) throw new ParameterException($"{name} is not a list");
        return
        [
            .. list.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out var index) && (uint)index < (uint)routers
                ? index : throw new ParameterException($"{name} has {i.GetRawText()}, which is none of the {routers} routers")),
        ];
    }

    private JsonElement? Find(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
