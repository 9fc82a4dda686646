using System.Text;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>From the left the longest token that fits; all but the first with a prefix. A piece that this does not cover is unknown.</summary>
internal sealed class WordPieceModel : Model
{
    private readonly Vocabulary _vocabulary;
    private readonly string _unknownToken;
    private readonly int? _unknownId;
    private readonly string _prefix;
    private readonly int _longestPiece;
    private readonly int _longestToken; // in UTF-16 units; longer candidates need no look-up

    private WordPieceModel(Vocabulary vocabulary, string unknownToken, string prefix, int longestPiece)
    {
        _vocabulary = vocabulary;
        _unknownToken = unknownToken;
        _unknownId = vocabulary.IdOf(unknownToken);
        _prefix = prefix;
        _longestPiece = longestPiece;
        _longestToken = vocabulary.Ids.Keys.Select(t => t.Length).DefaultIfEmpty().Max();
    }

    public static WordPieceModel Read(JsonPart part)
    {
        var fields = part.Fields("WordPiece", "type", "vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        return new(
            Vocabulary.Read(fields.Required(part, "vocab")), fields.Required(part, "unk_token").Text(),
            fields.Required(part, "continuing_subword_prefix").Text(), fields.Required(part, "max_input_chars_per_word").Count());
    }

    public override int VocabularySize => _vocabulary.Count;

    public override int? IdOf(string token) => _vocabulary.IdOf(token);

    public override string? TokenOf(int id) => _vocabulary.TokenOf(id);

    public override void Tokenize(in Piece piece, TokenList output)
    {
        var found = piece.Length <= _longestPiece ? Find(piece) : null;
        if (found is null)
        {
            output.Add(_unknownId ?? throw TokenizerErrors.NoUnknownToken("WordPiece", _unknownToken), _unknownToken, piece, 0, piece.Length);
            return;
        }
        var from = 0;
        foreach (var (id, to) in found)
        {
            output.Add(id, _vocabulary.TokenOf(id)!, piece, from, to);
            from = to;
        }
    }

    private List<(int Id, int To)>? Find(in Piece piece)
    {
        var found = new List<(int, int)>();
        var candidate = new StringBuilder();
        var ends = new List<int>(); // UTF-16 length of the candidate behind each of its characters
        for (var start = 0; start < piece.Length;)
        {
            candidate.Clear().Append(start == 0 ? "" : _prefix);
            ends.Clear();
            for (var i = start; i < piece.Length && candidate.Length < _longestToken; i++)
            {
                CodePoints.Append(candidate, piece.Points[i]);
                ends.Add(candidate.Length);
            }
            var text = candidate.ToString();
            var taken = ends.Count;
            var id = 0;
            while (taken > 0 && !_vocabulary.ByCharacters.TryGetValue(text.AsSpan(0, ends[taken - 1]), out id))
            {
                taken--;
            }
            if (taken == 0)
            {
                return null;
            }
            start += taken;
            found.Add((id, start));
        }
        return found;
    }
}
