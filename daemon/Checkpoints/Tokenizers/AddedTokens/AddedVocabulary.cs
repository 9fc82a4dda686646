using MoeDevtools.Checkpoints.Tokenizers.Models;
using MoeDevtools.Checkpoints.Tokenizers.Normalizers;
using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.AddedTokens;

/// <summary>The added tokens: their ids, and how they are found in a text before and after it is normalized. Thread safe.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly Dictionary<int, string> _normalizedContents = [];
    private readonly HashSet<string> _special = [];
    private readonly (TokenMatcher Matcher, int[] Ids)? _asWritten;
    private readonly (TokenMatcher Matcher, int[] Ids)? _normalized;

    public AddedVocabulary(JsonPart part, IReadOnlyList<AddedToken> tokens, Model model, Normalizer? normalizer)
    {
        var nextId = model.VocabularySize;
        foreach (var token in tokens)
        {
            if (token.Content.Length == 0)
            {
                continue;
            }
            if (!_ids.TryGetValue(token.Content, out var id))
            {
                id = model.IdOf(token.Content) ?? nextId++;
            }
            if (token.Normalized && normalizer is not null)
            {
                var normalized = CodePoints.ToText(normalizer.Normalize(WholeOf(CodePoints.Of(token.Content))).Points);
                if (normalized != token.Content)
                {
                    _normalizedContents[id] = normalized;
                }
            }
            _ids[token.Content] = id;
            _tokens[id] = token;
            if (token.Special)
            {
                _special.Add(token.Content);
            }
        }
        _asWritten = Matcher(part, normalized: false);
        _normalized = Matcher(part, normalized: true);
    }

    public IReadOnlyCollection<string> Contents => _ids.Keys;

    public int? IdOf(string content) => _ids.TryGetValue(content, out var id) ? id : null;

    /// <summary>What an id decodes to: a normalized token's normalized content.</summary>
    public string? TokenOf(int id) =>
        _normalizedContents.TryGetValue(id, out var normalized) ? normalized : _tokens.TryGetValue(id, out var token) ? token.Content : null;

    public bool IsSpecial(string token) => _special.Contains(token);

    public static Piece WholeOf(int[] points)
    {
        var text = new NormalizedText(points.Length);
        for (var i = 0; i < points.Length; i++)
        {
            text.Add(points[i], i, i + 1);
        }
        return new(text, 0, points.Length, 0, points.Length);
    }

    /// <summary>The normalized pieces of a text, with the added tokens cut out.</summary>
    public List<Piece> Extract(int[] points, Normalizer? normalizer)
    {
        var asWritten = new List<Piece>();
        Cut(WholeOf(points), _asWritten, asWritten);
        var pieces = new List<Piece>(asWritten.Count);
        foreach (var piece in asWritten)
        {
            if (piece.AddedToken >= 0)
            {
                pieces.Add(piece);
            }
            else
            {
                Cut(normalizer?.Normalize(piece) ?? piece, _normalized, pieces);
            }
        }
        return pieces;
    }

    private void Cut(in Piece piece, (TokenMatcher Matcher, int[] Ids)? patterns, List<Piece> output)
    {
        var points = piece.Points;
        if (patterns is not var (matcher, ids) || !matcher.MayMatch(points))
        {
            if (piece.Length > 0)
            {
                output.Add(piece);
            }
            return;
        }
        var longest = matcher.LongestFrom(points);
        var covered = 0;
        var spaces = (From: 0, To: -1); // the last run of spaces that a right strip measured
        for (var at = 0; at < points.Length;)
        {
            if (longest[at] < 0)
            {
                at++;
                continue;
            }
            var (start, stop) = (at, at + matcher.LengthOf(longest[at]));
            at = stop;
            var id = ids[longest[start]];
            var token = _tokens[id];
            if (token.SingleWord
                && ((start > 0 && UnicodeTables.Word.Contains(points[start - 1])) || (stop < points.Length && UnicodeTables.Word.Contains(points[stop]))))
            {
                continue;
            }
            if (token.LeftStrip)
            {
                while (start > covered && UnicodeTables.White.Contains(points[start - 1]))
                {
                    start--;
                }
                start = Math.Max(start, covered);
            }
            if (token.RightStrip)
            {
                if (stop < spaces.From || stop > spaces.To)
                {
                    spaces = (stop, stop);
                    while (spaces.To < points.Length && UnicodeTables.White.Contains(points[spaces.To]))
                    {
                        spaces.To++;
                    }
                }
                stop = spaces.To;
            }
            if (covered < start)
            {
                output.Add(piece.Slice(covered, start));
            }
            if (start != stop)
            {
                output.Add(piece.Slice(start, stop, id));
            }
            covered = stop;
        }
        if (covered < points.Length)
        {
            output.Add(piece.Slice(covered, points.Length));
        }
    }

    private (TokenMatcher, int[])? Matcher(JsonPart part, bool normalized)
    {
        var patterns = new List<int[]>();
        var ids = new List<int>();
        var seen = new HashSet<string>();
        foreach (var (id, token) in _tokens)
        {
            if (token.Normalized != normalized)
            {
                continue;
            }
            var pattern = normalized ? TokenOf(id)! : token.Content;
            if (pattern.Length == 0 || !seen.Add(pattern))
            {
                throw TokenizerErrors.Contradiction(part.File, part.Path, pattern.Length == 0
                    ? $"\"{token.Content}\" is nothing after normalization"
                    : $"two added tokens are \"{pattern}\" after normalization");
            }
            patterns.Add(CodePoints.Of(pattern));
            ids.Add(id);
        }
        return patterns.Count == 0 ? null : (new([.. patterns]), [.. ids]);
    }
}
