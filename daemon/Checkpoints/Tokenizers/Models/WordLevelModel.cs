using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>A whole piece is one token.</summary>
internal sealed class WordLevelModel(Vocabulary vocabulary, string unknownToken) : Model
{
    private readonly int? _unknownId = vocabulary.IdOf(unknownToken);

    public static WordLevelModel Read(JsonPart part)
    {
        var fields = part.Fields("WordLevel", "type", "vocab", "unk_token");
        return new(Vocabulary.Read(fields.Required(part, "vocab")), fields.Required(part, "unk_token").Text());
    }

    public override int VocabularySize => vocabulary.Count;

    public override int? IdOf(string token) => vocabulary.IdOf(token);

    public override string? TokenOf(int id) => vocabulary.TokenOf(id);

    public override void Tokenize(in Piece piece, TokenList output)
    {
        var text = CodePoints.ToText(piece.Points);
        if (vocabulary.IdOf(text) is { } id)
        {
            output.Add(id, text, piece, 0, piece.Length);
            return;
        }
        output.Add(_unknownId ?? throw TokenizerErrors.NoUnknownToken("WordLevel", unknownToken), unknownToken, piece, 0, piece.Length);
    }
}
