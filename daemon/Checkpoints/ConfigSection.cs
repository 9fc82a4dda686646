using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>
/// One object of a config file, typed on demand. A JSON null counts as absent. Every key that is asked for is remembered, so that what
/// nobody understood can be shown. For one thread.
/// </summary>
public class ConfigSection
{
    private readonly string _prefix;
    private readonly Dictionary<string, JsonElement> _values = [];
    private readonly Dictionary<string, ConfigSection> _sections = [];
    private readonly HashSet<string> _read = [];

    internal ConfigSection(string path, string prefix, JsonElement json)
    {
        (Path, _prefix) = (path, prefix);
        foreach (var property in json.EnumerateObject())
        {
            if (!_values.TryAdd(property.Name, property.Value) && !JsonElement.DeepEquals(_values[property.Name], property.Value))
            {
                throw new UserError("MOE1103",
                    $"{path}: {Key(property.Name)} occurs twice, as {Raw(_values[property.Name])} and as {Raw(property.Value)}.",
                    $"Remove one of them.");
            }
        }
    }

    /// <summary>The file's.</summary>
    public string Path { get; }

    /// <summary>True for <c>{}</c>.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>True when the key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>True when the key is there and null: the few families that tell this from an absent key ask for it.</summary>
    public bool IsNull(string key) => _values.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <param name="absent">What an absent key means; null: the key is required.</param>
    /// <param name="least">Smaller values are refused.</param>
    /// <param name="most">Larger values are refused.</param>
    public int Int(string key, int? absent = null, int least = int.MinValue, int most = int.MaxValue) =>
        OptionalInt(key, least, most) ?? absent ?? throw Required(key);

    /// <summary>The value of the first alias that is there. Aliases with different values are an error, and so is none at all.</summary>
    public int IntOf(params ReadOnlySpan<string> aliases)
    {
        string? found = null;
        int value = 0;
        foreach (string alias in aliases)
        {
            if (OptionalInt(alias) is not { } other)
            {
                continue;
            }
            if (found is not null && other != value)
            {
                throw Contradiction($"{Key(found)} = {value}, but {Key(alias)} = {other}, and they mean the same");
            }
            found ??= alias;
            value = other;
        }
        return found is null ? throw Required(string.Join(" or ", aliases.ToArray())) : value;
    }

    /// <summary>Null when absent.</summary>
    public int? OptionalInt(string key, int least = int.MinValue, int most = int.MaxValue) =>
        Find(key) is { } value ? ToInt(key, value, least, most) : null;

    /// <param name="least">Smaller values are refused.</param>
    public double Number(string key, double? absent = null, double least = double.NegativeInfinity)
    {
        var number = OptionalNumber(key) ?? absent ?? throw Required(key);
        return number >= least ? number : throw Wrong(key, Find(key)!.Value, $"a number of {least} or more");
    }

    /// <summary>Null when absent; else finite.</summary>
    public double? OptionalNumber(string key) => Find(key) is { } value ? ToNumber(key, value) : null;

    /// <summary>A number that has to be above 0.</summary>
    public double Positive(string key, double? absent = null) => OptionalPositive(key) ?? absent ?? throw Required(key);

    /// <summary>Null when absent; else above 0.</summary>
    public double? OptionalPositive(string key) => OptionalNumber(key) switch
    {
        null => null,
        > 0 and var number => number,
        _ => throw Wrong(key, Find(key)!.Value, $"a number above 0"),
    };

    public bool Bool(string key, bool? absent = null) => OptionalBool(key) ?? absent ?? throw Required(key);

    /// <summary>True or false, or a number, of which 0 is false.</summary>
    public bool Flag(string key, bool absent) => Is(key, JsonValueKind.Number) ? Number(key) != 0 : Bool(key, absent);

    /// <summary>Null when absent.</summary>
    public bool? OptionalBool(string key) => Find(key) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, value, $"true or false"),
    };

    public string Text(string key, string? absent = null) => OptionalText(key) ?? absent ?? throw Required(key);

    /// <summary>Null when absent.</summary>
    public string? OptionalText(string key) => Find(key) is { } value ? ToText(key, value) : null;

    /// <summary>Null when absent.</summary>
    public IReadOnlyList<int>? Ints(string key) =>
        List(key, (item, value) => ToInt(item, value, int.MinValue, int.MaxValue), $"a list of whole numbers");

    /// <summary>Null when absent.</summary>
    public IReadOnlyList<double>? Numbers(string key) => List(key, ToNumber, $"a list of numbers");

    /// <summary>A list of two numbers, the lower first; either may be infinite, which is written as <c>Infinity</c> or as <c>{"__float__": "Infinity"}</c>. Null when absent.</summary>
    public (double Least, double Most)? Limits(string key)
    {
        FormattableString expected = $"a list of two numbers, the lower one first";
        if (List(key, ToLimit, expected) is not { } limits) return null;
        return limits.Count == 2 && limits[0] <= limits[1] ? (limits[0], limits[1]) : throw Wrong(key, Find(key)!.Value, expected);
    }

    /// <summary>Null when absent.</summary>
    public IReadOnlyList<string>? Texts(string key) => List(key, ToText, $"a list of texts");

    /// <summary>A nested object, such as rope_parameters; the same one each time. Null when absent.</summary>
    public ConfigSection? Section(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }
        if (!_sections.TryGetValue(key, out var section))
        {
            section = value.ValueKind == JsonValueKind.Object
                ? new ConfigSection(Path, $"{Key(key)}.", value)
                : throw Wrong(key, value, $"an object");
            _sections.Add(key, section);
        }
        return section;
    }

    /// <summary>A value that is well formed, but that the program cannot do.</summary>
    /// <param name="supported">What it can do, such as <c>silu</c> or <c>1 to 4</c>.</param>
    public UserError Unsupported(string key, string value, string supported) => new("MOE1105",
        $"{Path}: {Key(key)} = {Shown.Text(value)} is not supported; supported: {supported}.",
        $"Use a model whose config has a supported value.");

    /// <param name="facts">The keys and their values, and why they cannot all be right; no full stop.</param>
    public UserError Contradiction(FormattableString facts) => new("MOE1106",
        $"{Path}: {facts}.",
        $"Correct the file, or download it again from the model's repository.");

    /// <summary>True when the value is a list: the few keys that may be a number or one a layer.</summary>
    public bool IsList(string key) => Is(key, JsonValueKind.Array);

    public bool IsText(string key) => Is(key, JsonValueKind.String);

    internal bool Is(string key, JsonValueKind kind) => Find(key)?.ValueKind == kind;

    /// <summary>Full names of the keys that are there, not null, and were never asked for; a section nobody opened is one key.</summary>
    internal IEnumerable<string> NeverRead() => _values.SelectMany(value =>
        _sections.TryGetValue(value.Key, out var section) ? section.NeverRead()
        : _read.Contains(value.Key) || value.Value.ValueKind == JsonValueKind.Null ? []
        : new[] { _prefix + value.Key });

    internal JsonElement? Find(string key)
    {
        _read.Add(key);
        return _values.TryGetValue(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private IReadOnlyList<T>? List<T>(string key, Func<string, JsonElement, T> item, FormattableString expected)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select((element, i) => item($"{key}[{i}]", element))]
            : throw Wrong(key, value, expected);
    }

    private int ToInt(string key, JsonElement value, int least, int most)
    {
        // Python writes 10000.0 and 1e6 for whole numbers; both are exact in a double.
        double number = value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
        if (double.IsInteger(number) && number >= least && number <= most)
        {
            return (int)number;
        }
        throw Wrong(key, value,
            most < int.MaxValue ? $"a whole number from {least} to {most}"
            : least > int.MinValue ? $"a whole number, at least {least}"
            : (FormattableString)$"a whole number of 32 bits");
    }

    private double ToNumber(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && double.IsFinite(number)
            ? number
            : throw Wrong(key, value, $"a finite number");

    private double ToLimit(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.Object when value.TryGetProperty("__float__", out var text) && text.ValueKind == JsonValueKind.String && text.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.Object when value.TryGetProperty("__float__", out var text) && text.ValueKind == JsonValueKind.String && text.ValueEquals("-Infinity") => double.NegativeInfinity,
        _ => throw Wrong(key, value, $"a number, or Infinity"),
    };

    private string ToText(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, value, $"a text");

    /// <summary>A key that has to be there is not.</summary>
    public UserError Required(string key) => new("MOE1101",
        $"{Path}: {Key(key)} is missing.",
        $"Take the file from the model's repository, where it is complete.");

    internal UserError Wrong(string key, JsonElement value, FormattableString expected) => new("MOE1102",
        $"{Path}: {Key(key)} = {Raw(value)}; {expected} is expected.",
        $"Correct the file, or download it again from the model's repository.");

    private string Key(string key) => Shown.Text(_prefix + key);

    /// <summary>As the file has it, but for infinity, which was replaced when it was read.</summary>
    private static string Raw(JsonElement value) => Shown.Text(value.GetRawText().Replace("1e999999", "Infinity", StringComparison.Ordinal));
}
