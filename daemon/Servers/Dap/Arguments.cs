using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Dap;

/// <summary>An object that a client sent, read by name and type. What is absent and what is JSON null are the same.</summary>
/// <param name="owner">What the object is, for errors: <c>setBreakpoints</c>.</param>
internal readonly struct Arguments(string owner, JsonElement json)
{
    public string Owner => owner;

    public IEnumerable<string> Names => json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().Select(p => p.Name) : [];

    public bool Has(string name) => Find(name) is not null;

    public string? String(string name) => Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, $"a string");

    public bool? Flag(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, $"true or false");

    public int? Int(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var x) ? x : throw Wrong(name, $"a whole number of 32 bits");

    public long? Long(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var x) ? x : throw Wrong(name, $"a whole number");

    public double? Number(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var x) && double.IsFinite(x) ? x : throw Wrong(name, $"a number");

    public Arguments? Object(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new Arguments($"{owner}.{name}", value) : throw Wrong(name, $"an object");

    /// <summary>Empty where it is absent.</summary>
    public IReadOnlyList<Arguments> Objects(string name)
    {
        var of = $"{owner}.{name}";
        var items = Array(name) ?? [];
        return [.. items.Select(item => item.ValueKind == JsonValueKind.Object ? new Arguments(of, item) : default(Arguments?)).Select(item => item ?? throw new UserError("MOE7003", $"{of} has an element that is no object.", $"Send a list of objects."))];
    }

    /// <summary>Empty where it is absent.</summary>
    public IReadOnlyList<string> Strings(string name)
    {
        var items = Array(name) ?? [];
        if (items.Exists(item => item.ValueKind != JsonValueKind.String)) throw Wrong(name, $"a list of strings");
        return items.ConvertAll(item => item.GetString()!);
    }

    /// <summary>All values of this object, texts or null.</summary>
    /// <exception cref="UserError">One is neither.</exception>
    public Dictionary<string, string?> Texts()
    {
        var texts = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in Names) texts[name] = String(name);
        return texts;
    }

    public IReadOnlyList<string> NeedStrings(string name) => Find(name) is null ? throw Missing(name) : Strings(name);

    public string NeedString(string name) => String(name) ?? throw Missing(name);

    public int NeedInt(string name) => Int(name) ?? throw Missing(name);

    public long NeedLong(string name) => Long(name) ?? throw Missing(name);

    public Arguments NeedObject(string name) => Object(name) ?? throw Missing(name);

    /// <summary>Refuses what has another name.</summary>
    /// <exception cref="UserError"/>
    public void Allow(IReadOnlyList<string> names)
    {
        if (Names.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
            throw new UserError("MOE7032", $"{owner} has no \"{unknown}\".", $"It has {string.Join(", ", names)}.");
    }

    /// <summary>A copy of what has one of these names.</summary>
    public JsonObject Only(IEnumerable<string> names)
    {
        var copy = new JsonObject();
        foreach (var name in names)
            if (Find(name) is { } value) copy[name] = JsonNode.Parse(value.GetRawText());
        return copy;
    }

    /// <summary>True where the value is there and is true or false.</summary>
    public bool IsFlag(string name) => Find(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False };

    /// <summary>True where the value is there and is a text.</summary>
    public bool IsText(string name) => Find(name) is { ValueKind: JsonValueKind.String };

    /// <summary>True if both have the same value under <paramref name="name"/>, or neither has one.</summary>
    public bool SameAt(string name, Arguments other) =>
        (Find(name), other.Find(name)) switch { ({ } a, { } b) => JsonElement.DeepEquals(a, b), (null, null) => true, _ => false };

    private JsonElement? Find(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private List<JsonElement>? Array(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(name, $"a list");

    private UserError Missing(string name) => new("MOE7001", $"{owner} has no {name}.", $"It must be given.");

    private UserError Wrong(string name, FormattableString type) => new("MOE7002", $"{owner}: {name} is not {type}.", $"Correct its type.");
}
