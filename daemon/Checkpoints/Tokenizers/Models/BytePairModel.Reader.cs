using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>Reading of <c>$.model</c>.</summary>
internal sealed partial class BytePairModel
{
    private BytePairModel(JsonPart part, Dictionary<string, JsonPart> fields)
    {
        _vocabulary = Vocabulary.Read(fields.Required(part, "vocab"));
        _unknownToken = fields.Optional("unk_token")?.Text();
        _unknownId = _unknownToken is null ? null : _vocabulary.IdOf(_unknownToken);
        _prefix = fields.Optional("continuing_subword_prefix")?.Text() ?? "";
        _suffix = fields.Optional("end_of_word_suffix")?.Text() ?? "";
        _fuseUnknown = fields.Flag("fuse_unk", absent: false);
        _ignoreMerges = fields.Flag("ignore_merges", absent: false);
        _byteIds = fields.Flag("byte_fallback", absent: false)
            ? [.. Enumerable.Range(0, 256).Select(b => _vocabulary.IdOf($"<0x{b:X2}>") ?? -1)]
            : null;
        _directIds = new int[DirectPoints];
        for (var c = 0; c < DirectPoints; c++)
        {
            _directIds[c] = _vocabulary.IdOf(((char)c).ToString()) ?? -1;
        }
        _tokens = new string?[Math.Min(_vocabulary.Count * 2L, int.MaxValue / 16)];
        foreach (var (token, id) in _vocabulary.Ids)
        {
            if (id < _tokens.Length)
            {
                _tokens[id] = token;
            }
        }
        (_merges, _mergedIds) = ReadMerges(fields.Required(part, "merges"));
    }

    public static BytePairModel Read(JsonPart part)
    {
        var fields = part.Fields(
            "BPE", "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges");
        if (fields.Optional("dropout") is { } dropout && dropout.Real() != 0)
        {
            throw TokenizerErrors.Unsupported(part.File, dropout.Path, "a dropout, which makes every encoding a random one", "null or 0");
        }
        return new(part, fields);
    }

    private (Dictionary<ulong, ulong> Merges, int[] MergedIds) ReadMerges(JsonPart part)
    {
        var merges = new Dictionary<ulong, ulong>();
        var mergedIds = new List<int>();
        var written = (bool?)null; // as strings ("a b"), as pairs, or not known yet
        foreach (var item in part.Items())
        {
            if (item.IsString != (written ??= item.IsString))
            {
                throw TokenizerErrors.Contradiction(part.File, item.Path, "merges are written both as strings and as pairs");
            }
            string left, right;
            if (item.IsString)
            {
                var line = item.Text();
                if (line.StartsWith("#version", StringComparison.Ordinal))
                {
                    continue;
                }
                var space = line.IndexOf(' ', StringComparison.Ordinal);
                if (space < 0 || line.IndexOf(' ', space + 1) >= 0)
                {
                    throw TokenizerErrors.Contradiction(part.File, item.Path, $"the merge \"{line}\" is not two tokens with one space between");
                }
                (left, right) = (line[..space], line[(space + 1)..]);
            }
            else
            {
                var pair = item.Items().Take(3).ToList();
                if (pair.Count != 2)
                {
                    throw TokenizerErrors.WrongType(part.File, item.Path, "a list of another length", "a list of two tokens");
                }
                (left, right) = (pair[0].Text(), pair[1].Text());
            }
            var merged = Merged(item, left, right);
            // A pair that is there twice has its last rank.
            merges[Pair(IdOf(item, left), IdOf(item, right))] = (ulong)(uint)mergedIds.Count << 32 | (uint)merged;
            mergedIds.Add(merged);
        }
        return (merges, [.. mergedIds]);
    }

    /// <summary>The id of the merged token: the right part loses as many bytes as the prefix has.</summary>
    private int Merged(JsonPart item, string left, string right)
    {
        if (_prefix.Length == 0)
        {
            return IdOf(item, left + right);
        }
        var dropped = CodePoints.Utf8Length(CodePoints.Of(_prefix));
        var points = CodePoints.Of(right);
        var from = 0;
        while (from < points.Length && dropped > 0)
        {
            dropped -= CodePoints.Utf8Length(points[from++]);
        }
        return dropped == 0
            ? IdOf(item, left + CodePoints.ToText(points.AsSpan(from)))
            : throw TokenizerErrors.Contradiction(item.File, item.Path, $"\"{right}\" is shorter than the prefix \"{_prefix}\" that it should begin with");
    }

    private int IdOf(JsonPart item, string token) =>
        _vocabulary.IdOf(token) ?? throw TokenizerErrors.Contradiction(item.File, item.Path, $"the token \"{token}\" of this merge is not in vocab");
}
