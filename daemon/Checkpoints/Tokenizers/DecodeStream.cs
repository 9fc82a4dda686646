using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>Decodes ids as they come. One thread at a time.</summary>
public sealed class DecodeStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly List<int> _ids = [];
    private string _prefix = "";
    private int _prefixIds;

    internal DecodeStream(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <returns>The text that <paramref name="id"/> adds; null while it is held back because it may be part of a character.</returns>
    /// <exception cref="UserError">The id changes text that was already given out.</exception>
    public string? Step(int id)
    {
        if (_prefix.Length == 0 && _ids.Count > 0)
        {
            var text = Decode();
            if (!EndsOpen(text))
            {
                _prefix = text;
                _prefixIds = _ids.Count;
            }
        }
        _ids.Add(id);
        var all = Decode();
        if (Utf8Length(all) <= Utf8Length(_prefix) || EndsOpen(all))
        {
            return null;
        }
        if (!all.StartsWith(_prefix, StringComparison.Ordinal))
        {
            throw new UserError(
                "MOE1222", $"Token {id} changes the text before it: \"{_prefix}\" becomes \"{all}\".",
                $"Decode the ids together; this tokenizer's decoder cannot stream them.");
        }
        var added = all[_prefix.Length..];
        var rest = _ids.Count - _prefixIds;
        _ids.RemoveRange(0, _prefixIds);
        _prefix = Decode();
        _prefixIds = rest;
        return added;
    }

    private string Decode() => _tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids), _skipSpecialTokens);

    private static bool EndsOpen(string text) => text.EndsWith('\uFFFD');

    private static int Utf8Length(string text) => System.Text.Encoding.UTF8.GetByteCount(text);
}
