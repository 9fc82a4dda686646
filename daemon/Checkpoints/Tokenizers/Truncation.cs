using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary><c>$.truncation</c>: the most tokens of an encoding, those of the template included.</summary>
internal sealed class Truncation
{
    private readonly int _maxLength;
    private readonly bool _keepsEnd;
    private readonly bool _onlySecond;

    private Truncation(int maxLength, bool keepsEnd, bool onlySecond)
    {
        _maxLength = maxLength;
        _keepsEnd = keepsEnd;
        _onlySecond = onlySecond;
    }

    /// <param name="templateTokens">How many tokens the post-processor adds.</param>
    public static Truncation Read(JsonPart part, int templateTokens)
    {
        var fields = part.Fields("truncation", "direction", "max_length", "strategy", "stride");
        var maxLength = fields.Required(part, "max_length");
        var stride = fields.Required(part, "stride");
        var room = maxLength.Count() - templateTokens;
        if (room < 0 || (room > 0 && stride.Count() >= room))
        {
            throw TokenizerErrors.Contradiction(part.File, maxLength.Path, room < 0
                ? $"{maxLength.Count()} leaves no room for the template's {templateTokens} tokens"
                : $"{maxLength.Count()} less the template's {templateTokens} tokens is not above the stride of {stride.Count()}");
        }
        var keepsEnd = fields.TryGetValue("direction", out var direction) && direction.OneOf("direction", ("Left", true), ("Right", false));
        var onlySecond = fields.Required(part, "strategy").OneOf("strategy", ("LongestFirst", false), ("OnlyFirst", false), ("OnlySecond", true));
        return new(maxLength.Count(), keepsEnd, onlySecond);
    }

    public TokenList Apply(TokenList tokens, int templateTokens)
    {
        var room = _maxLength - templateTokens;
        if (tokens.Count <= room)
        {
            return tokens;
        }
        if (_onlySecond && room > 0)
        {
            throw TokenizerErrors.ReferenceFails("Truncation", "its strategy is OnlySecond and there is no second text");
        }
        return _keepsEnd ? tokens.Slice(tokens.Count - room, tokens.Count) : tokens.Slice(0, room);
    }
}
