using System.Globalization;
using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>
/// Cuts where the script changes, Hiragana and Katakana counting as Han. Characters of no script (the space among them) belong to
/// what is before them; at the very start they are dropped, as the reference does.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : PreTokenizer
{
    private static readonly (int First, int Last, int Script)[] Scripts = ReadScripts();

    protected override void Cut(in Piece piece, List<Match> matches, List<Piece> output)
    {
        var points = piece.Points;
        int from = -1, last = -1;
        for (var i = 0; i < points.Length; i++)
        {
            var script = ScriptOf(points[i]);
            if (script < 0)
            {
                continue;
            }
            if (script != last)
            {
                if (from >= 0)
                {
                    output.Add(piece.Slice(from, i));
                }
                from = i;
            }
            last = script;
        }
        if (from >= 0)
        {
            output.Add(piece.Slice(from, points.Length));
        }
    }

    private static int ScriptOf(int point)
    {
        var at = Array.BinarySearch(Scripts, (point, int.MaxValue, 0));
        at = (at < 0 ? ~at : at) - 1;
        return at >= 0 && point <= Scripts[at].Last ? Scripts[at].Script : -1;
    }

    private static (int, int, int)[] ReadScripts()
    {
        var scripts = new List<(int, int, int)>();
        foreach (var (number, set) in UnicodeTables.SetsOf("script "))
        {
            for (var i = 0; i < set.Ranges.Length; i += 2)
            {
                scripts.Add((set.Ranges[i], set.Ranges[i + 1], int.Parse(number, CultureInfo.InvariantCulture)));
            }
        }
        scripts.Sort();
        return [.. scripts];
    }
}
