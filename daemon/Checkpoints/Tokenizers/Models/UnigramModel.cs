using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>
/// The segmentation of a piece whose tokens' scores sum to the most (sentencepiece's unigram model, forward Viterbi). Unknown characters
/// in a row are one token. A piece costs its length times the longest token.
/// </summary>
internal sealed class UnigramModel : Model
{
    private const double UnknownPenalty = 10;

    private readonly List<(string Token, double Score)> _vocabulary;
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<(int Node, int Point), int> _trie = [];
    private readonly List<int> _tokenAt = [-1]; // by trie node
    private readonly int? _unknownId;
    private readonly double _unknownScore;
    private readonly bool _byteFallback;

    private UnigramModel(List<(string Token, double Score)> vocabulary, int? unknownId, bool byteFallback)
    {
        _vocabulary = vocabulary;
        _unknownId = unknownId;
        _byteFallback = byteFallback;
        var lowest = double.PositiveInfinity;
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var (token, score) = vocabulary[id];
            _ids[token] = id;
            lowest = Math.Min(lowest, score);
            var node = 0;
            foreach (var point in CodePoints.Of(token))
            {
                if (!_trie.TryGetValue((node, point), out var child))
                {
                    child = _tokenAt.Count;
                    _trie.Add((node, point), child);
                    _tokenAt.Add(-1);
                }
                node = child;
            }
            _tokenAt[node] = id;
        }
        _unknownScore = lowest - UnknownPenalty;
    }

    public static UnigramModel Read(JsonPart part)
    {
        var fields = part.Fields("Unigram", "type", "unk_id", "vocab", "byte_fallback");
        var vocabulary = new List<(string, double)>();
        foreach (var entry in fields.Required(part, "vocab").Items())
        {
            var pair = entry.Items().Take(3).ToList();
            if (pair.Count != 2)
            {
                throw TokenizerErrors.WrongType(part.File, entry.Path, "a list of another length", "a token and its score");
            }
            vocabulary.Add((pair[0].Text(), pair[1].Real()));
        }
        var unknownId = fields.Optional("unk_id");
        if (unknownId?.Count() >= vocabulary.Count)
        {
            throw TokenizerErrors.Contradiction(
                part.File, unknownId.Value.Path, $"the unknown id {unknownId.Value.Count()} is not below the {vocabulary.Count} entries of vocab");
        }
        return new(vocabulary, unknownId?.Count(), fields.TryGetValue("byte_fallback", out var fallback) && fallback.Flag());
    }

    public override int VocabularySize => _vocabulary.Count;

    public override int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public override string? TokenOf(int id) => (uint)id < (uint)_vocabulary.Count ? _vocabulary[id].Token : null;

    public override void Tokenize(in Piece piece, TokenList output)
    {
        var segments = Segments(piece.Points);
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            var (from, to, _) = segments[i];
            if (segments[i].Id == _unknownId)
            {
                while (i > 0 && segments[i - 1].Id == _unknownId)
                {
                    to = segments[--i].To;
                }
            }
            Emit(piece, from, to, output);
        }
    }

    /// <summary>The best path, last segment first.</summary>
    private List<(int From, int To, int Id)> Segments(ReadOnlySpan<int> points)
    {
        var best = new (double Score, int From, int Id)[points.Length + 1];
        for (var i = 1; i < best.Length; i++)
        {
            best[i].From = -1;
        }
        for (var start = 0; start < points.Length; start++)
        {
            var soFar = best[start].Score;
            var single = false;
            var node = 0;
            for (var i = start; i < points.Length && _trie.TryGetValue((node, points[i]), out node); i++)
            {
                if (_tokenAt[node] is >= 0 and var id)
                {
                    Offer(ref best[i + 1], _vocabulary[id].Score + soFar, start, id);
                    single |= i == start;
                }
            }
            if (!single)
            {
                Offer(ref best[start + 1], _unknownScore + soFar, start, UnknownId());
            }
        }
        var segments = new List<(int, int, int)>();
        for (var end = points.Length; end > 0; end = best[end].From)
        {
            segments.Add((best[end].From, end, best[end].Id));
        }
        return segments;
    }

    private static void Offer(ref (double Score, int From, int Id) node, double score, int from, int id)
    {
        if (node.From < 0 || score > node.Score)
        {
            node = (score, from, id);
        }
    }

    private void Emit(in Piece piece, int from, int to, TokenList output)
    {
        var text = CodePoints.ToText(piece.Points[from..to]);
        if (_ids.TryGetValue(text, out var id))
        {
            output.Add(id, text, piece, from, to);
            return;
        }
        if (_byteFallback)
        {
            var names = System.Text.Encoding.UTF8.GetBytes(text).Select(b => $"<0x{b:X2}>").ToList();
            if (names.TrueForAll(_ids.ContainsKey))
            {
                foreach (var name in names)
                {
                    output.Add(_ids[name], name, piece, from, to);
                }
                return;
            }
        }
        output.Add(UnknownId(), text, piece, from, to);
    }

    private int UnknownId() => _unknownId ?? throw TokenizerErrors.NoUnknownToken("Unigram", "unk_id");
}
