using System.Globalization;
using System.Text.Json;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>A value of tokenizer.json with its path, so that every refusal names where. Nothing unknown is passed over.</summary>
internal readonly struct JsonPart
{
    private readonly JsonElement _value;
    private readonly string _owner;
    private readonly string? _name;
    private readonly int _index;

    public JsonPart(JsonElement root, string file)
        : this(root, file, "$", null, -1)
    {
    }

    private JsonPart(JsonElement value, string file, string owner, string? name, int index)
    {
        _value = value;
        File = file;
        _owner = owner;
        _name = name;
        _index = index;
    }

    public string File { get; }

    /// <summary>As in <c>$.model.merges[12]</c>; made only when an error names it.</summary>
    public string Path => _name is not null ? $"{_owner}.{_name}" : _index >= 0 ? $"{_owner}[{_index}]" : _owner;

    public bool IsNull => _value.ValueKind == JsonValueKind.Null;

    public bool IsArray => _value.ValueKind == JsonValueKind.Array;

    public bool IsString => _value.ValueKind == JsonValueKind.String;

    /// <summary>The fields of an object; a field outside of <paramref name="known"/>, or twice the same, is refused.</summary>
    public Dictionary<string, JsonPart> Fields(string owner, params string[] known)
    {
        var fields = new Dictionary<string, JsonPart>();
        foreach (var (name, part) in Members(owner))
        {
            if (!known.Contains(name))
            {
                throw TokenizerErrors.UnknownField(File, part.Path, owner, string.Join(", ", known));
            }
            fields.Add(name, part);
        }
        return fields;
    }

    /// <summary>The members of an object whose names are data (a vocabulary).</summary>
    public IEnumerable<(string Name, JsonPart Part)> Members(string what)
    {
        Expect(JsonValueKind.Object, what);
        return Walk(this);

        static IEnumerable<(string, JsonPart)> Walk(JsonPart self)
        {
            var path = self.Path;
            var seen = new HashSet<string>();
            foreach (var property in self._value.EnumerateObject())
            {
                var name = self.Decode(() => property.Name);
                if (!seen.Add(name))
                {
                    throw TokenizerErrors.Contradiction(self.File, path, $"the key \"{name}\" is there twice");
                }
                yield return (name, new(property.Value, self.File, path, name, -1));
            }
        }
    }

    public IEnumerable<JsonPart> Items()
    {
        Expect(JsonValueKind.Array, "a list");
        return Walk(this);

        static IEnumerable<JsonPart> Walk(JsonPart self)
        {
            var path = self.Path;
            var i = 0;
            foreach (var item in self._value.EnumerateArray())
            {
                yield return new(item, self.File, path, null, i++);
            }
        }
    }

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        var value = _value;
        return Decode(() => value.GetString()!);
    }

    public bool Flag() => _value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw TokenizerErrors.WrongType(File, Path, Found, "true or false"),
    };

    /// <summary>A whole number from 0 to 2^31 - 1.</summary>
    public int Count()
    {
        if (_value.ValueKind != JsonValueKind.Number || !_value.TryGetInt32(out var number) || number < 0 || _value.GetRawText()[0] == '-')
        {
            throw TokenizerErrors.WrongType(File, Path, Found, "a whole number from 0 to 2147483647");
        }
        return number;
    }

    /// <summary>A number as the reference's JSON reader rounds it: the digits as one integer, then one multiplication or division.</summary>
    public double Real()
    {
        Expect(JsonValueKind.Number, "a number");
        var number = SerdeNumber.Parse(_value.GetRawText());
        return double.IsFinite(number) ? number : throw TokenizerErrors.WrongType(File, Path, Found, "a finite number");
    }

    /// <summary>A string of exactly one character; its code point.</summary>
    public int Character()
    {
        var text = Text();
        var runes = text.EnumerateRunes().ToArray();
        return runes.Length == 1 ? runes[0].Value : throw TokenizerErrors.WrongType(File, Path, Found, "one character");
    }

    public T OneOf<T>(string what, params ReadOnlySpan<(string Name, T Value)> options)
    {
        var text = Text();
        foreach (var (name, value) in options)
        {
            if (name == text)
            {
                return value;
            }
        }
        var names = new List<string>();
        foreach (var (name, _) in options)
        {
            names.Add(name);
        }
        throw TokenizerErrors.Unsupported(File, Path, $"the {what} \"{text}\"", $"one of {string.Join(", ", names)}");
    }

    private string Found => _value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => string.Create(CultureInfo.InvariantCulture, $"the number {_value.GetRawText()}"),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private void Expect(JsonValueKind kind, string expected)
    {
        if (_value.ValueKind != kind)
        {
            throw TokenizerErrors.WrongType(File, Path, Found, expected);
        }
    }

    private string Decode(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            // The reader's way of saying that an escape stands for half a surrogate pair.
            throw TokenizerErrors.WrongType(File, Path, "a string with half a surrogate pair", "valid Unicode");
        }
    }
}
