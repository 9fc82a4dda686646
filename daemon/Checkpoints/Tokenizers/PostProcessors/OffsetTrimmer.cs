using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.PostProcessors;

/// <summary>The ByteLevel post-processor: takes the spaces at a token's ends out of its offsets.</summary>
internal sealed class OffsetTrimmer(bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    public override int AddedTokens => 0;

    public override List<TokenList> Process(List<TokenList> parts, bool addSpecialTokens)
    {
        if (trimOffsets)
        {
            parts.ForEach(Trim);
        }
        return parts;
    }

    private void Trim(TokenList part)
    {
        for (var i = 0; i < part.Count; i++)
        {
            var token = part.Tokens[i];
            var leading = 0;
            while (leading < token.Length && IsSpace(token[leading]))
            {
                leading++;
            }
            var trailing = 0;
            while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            {
                trailing++;
            }
            var (start, end) = part.Offsets[i];
            if (leading == 1 && addPrefixSpace && (i == 0 || start == 0))
            {
                leading = 0; // that space is the prefix, not the input's
            }
            start = Math.Min(start + leading, end);
            if (trailing > 0 && end >= trailing)
            {
                end = Math.Max(end - trailing, start);
            }
            part.Offsets[i] = (start, end);
        }
    }

    // All white space is in the basic plane, so UTF-16 units will do.
    private static bool IsSpace(char c) => c == ByteAlphabet.Space || UnicodeTables.White.Contains(c);
}
