namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>Access to the fields of one object of tokenizer.json.</summary>
internal static class JsonFields
{
    public static JsonPart Required(this Dictionary<string, JsonPart> fields, JsonPart owner, string name) =>
        fields.TryGetValue(name, out var part) ? part : throw TokenizerErrors.Missing(owner.File, $"{owner.Path}.{name}");

    /// <summary>The field, or null where it is absent or null.</summary>
    public static JsonPart? Optional(this Dictionary<string, JsonPart> fields, string name) =>
        fields.TryGetValue(name, out var part) && !part.IsNull ? part : null;

    /// <summary>The field; <paramref name="absent"/> where it is absent or null, as the reference reads it.</summary>
    public static bool Flag(this Dictionary<string, JsonPart> fields, string name, bool absent) => fields.Optional(name)?.Flag() ?? absent;
}
