using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>What the readers of all sections share.</summary>
internal static class PartReader
{
    /// <summary>The <c>type</c> of a part; it must be one of <paramref name="kinds"/>.</summary>
    public static string Kind(JsonPart part, string section, string kinds)
    {
        foreach (var (name, field) in part.Members($"a {section}"))
        {
            if (name == "type")
            {
                var kind = field.Text();
                return kinds.Split(", ").Contains(kind) ? kind : throw UnknownKind(part, kind, section, kinds);
            }
        }
        throw TokenizerErrors.Missing(part.File, $"{part.Path}.type");
    }

    public static UserError UnknownKind(JsonPart part, string kind, string section, string kinds) =>
        TokenizerErrors.Unsupported(part.File, $"{part.Path}.type", $"the {section} \"{kind}\"", $"one of {kinds}");

    /// <summary><c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
    public static OnigRegex Pattern(JsonPart part)
    {
        var fields = part.Fields("a pattern", "String", "Regex");
        if (fields.Count != 1)
        {
            throw TokenizerErrors.Contradiction(part.File, part.Path, "a pattern has either String or Regex");
        }
        if (fields.TryGetValue("String", out var literal))
        {
            return OnigRegex.Literal(literal.Text());
        }
        var regex = fields["Regex"];
        var text = regex.Text();
        try
        {
            return OnigRegex.Parse(text);
        }
        catch (RegexSyntaxException refusal)
        {
            throw TokenizerErrors.Regex(part.File, regex.Path, text, refusal.At, refusal.Message);
        }
    }
}
