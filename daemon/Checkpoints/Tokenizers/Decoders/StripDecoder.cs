using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Takes up to <paramref name="start"/> and <paramref name="stop"/> characters off the ends of each token.</summary>
internal sealed class StripDecoder(int content, int start, int stop) : Decoder
{
    public override List<string> Decode(List<string> tokens) => [.. tokens.Select(Strip)];

    private string Strip(string token)
    {
        var points = CodePoints.Of(token);
        var from = 0;
        while (from < Math.Min(start, points.Length) && points[from] == content)
        {
            from++;
        }
        var to = points.Length;
        while (points.Length - to < stop)
        {
            if (to == 0)
            {
                throw Fails(token);
            }
            if (points[to - 1] != content)
            {
                break;
            }
            to--;
        }
        return from <= to ? CodePoints.ToText(points.AsSpan(from..to)) : throw Fails(token);
    }

    private static Messages.UserError Fails(string token) =>
        TokenizerErrors.ReferenceFails("The Strip decoder", $"the token \"{token}\" is shorter than what is cut from it");
}
