using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary><c>$.padding</c>, for one text: a fixed length, or its own made a multiple.</summary>
internal sealed class Padding
{
    private const int MostTokens = 1 << 20;

    private readonly int? _length;
    private readonly int _multiple;
    private readonly bool _left;
    private readonly int _id;
    private readonly string _token;

    private Padding(int? length, int multiple, bool left, int id, string token)
    {
        _length = length;
        _multiple = multiple;
        _left = left;
        _id = id;
        _token = token;
    }

    public static Padding Read(JsonPart part)
    {
        var fields = part.Fields("padding", "strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token");
        var strategy = fields.Required(part, "strategy");
        int? length = null;
        if (strategy.IsString)
        {
            strategy.OneOf("strategy", ("BatchLongest", true));
        }
        else
        {
            length = Limited(strategy.Fields("a padding strategy", "Fixed").Required(strategy, "Fixed"));
        }
        fields.Required(part, "pad_type_id").Count();
        return new(
            length, fields.Optional("pad_to_multiple_of") is { } multiple ? Limited(multiple) : 0,
            fields.Required(part, "direction").OneOf("direction", ("Left", true), ("Right", false)),
            fields.Required(part, "pad_id").Count(), fields.Required(part, "pad_token").Text());
    }

    public TokenList Apply(TokenList tokens)
    {
        var length = _length ?? tokens.Count;
        if (_multiple > 0 && length % _multiple > 0)
        {
            length += _multiple - length % _multiple;
        }
        var missing = length - tokens.Count;
        if (missing <= 0)
        {
            return tokens;
        }
        var output = _left ? tokens.Slice(0, 0) : tokens;
        for (var i = 0; i < missing; i++)
        {
            output.Add(_id, _token, 0, 0, special: 1);
        }
        for (var i = 0; _left && i < tokens.Count; i++)
        {
            output.Add(tokens.Ids[i], tokens.Tokens[i], tokens.Offsets[i].Start, tokens.Offsets[i].End, tokens.SpecialTokensMask[i]);
        }
        return output;
    }

    private static int Limited(JsonPart part) =>
        part.Count() <= MostTokens ? part.Count() : throw TokenizerErrors.Unsupported(part.File, part.Path, $"{part.Count()}", $"at most {MostTokens}");
}
