using System.Text;
using MoeDevtools.Checkpoints.Tokenizers.Regexes;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

internal sealed class ReplaceDecoder(OnigRegex pattern, string content) : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var matches = new List<Match>();
        return [.. tokens.Select(token => Replace(token, matches))];
    }

    private string Replace(string token, List<Match> matches)
    {
        var points = CodePoints.Of(token);
        pattern.FindMatches(points, matches);
        var text = new StringBuilder(token.Length);
        foreach (var (from, to, isMatch) in matches)
        {
            text.Append(isMatch ? content : CodePoints.ToText(points.AsSpan(from..to)));
        }
        return text.ToString();
    }
}
