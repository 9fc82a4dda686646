using System.Runtime.InteropServices;

namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>Cuts a piece along matches.</summary>
internal static class PieceSplitter
{
    /// <summary>Adds the parts of <paramref name="piece"/> to <paramref name="output"/>; empty parts are left out. Overwrites <paramref name="matches"/>.</summary>
    public static void Split(in Piece piece, List<Match> matches, SplitBehavior behavior, List<Piece> output)
    {
        var all = CollectionsMarshal.AsSpan(matches);
        switch (behavior)
        {
            case SplitBehavior.Removed:
            case SplitBehavior.Isolated:
                foreach (var match in all)
                {
                    if (!match.IsMatch || behavior == SplitBehavior.Isolated)
                    {
                        Add(piece, match.From, match.To, output);
                    }
                }
                return;
            case SplitBehavior.MergedWithNext:
                {
                    // From the right, a match joins what follows it unless that is a match too.
                    var kept = all.Length;
                    var previous = false;
                    for (var i = all.Length - 1; i >= 0; i--)
                    {
                        if (all[i].IsMatch && !previous && kept < all.Length)
                        {
                            previous = true;
                            all[kept] = all[kept] with { From = all[i].From };
                        }
                        else
                        {
                            previous = all[i].IsMatch;
                            all[--kept] = all[i];
                        }
                    }
                    all = all[kept..];
                    break;
                }
            default:
                {
                    var kept = 0;
                    var previous = false;
                    foreach (var match in all)
                    {
                        var joins = behavior == SplitBehavior.Contiguous ? match.IsMatch == previous : match.IsMatch && !previous;
                        previous = match.IsMatch;
                        if (joins && kept > 0)
                        {
                            all[kept - 1] = all[kept - 1] with { To = match.To };
                        }
                        else
                        {
                            all[kept++] = match;
                        }
                    }
                    all = all[..kept];
                    break;
                }
        }
        foreach (var part in all)
        {
            Add(piece, part.From, part.To, output);
        }
    }

    private static void Add(in Piece piece, int from, int to, List<Piece> output)
    {
        if (to > from)
        {
            output.Add(piece.Slice(from, to));
        }
    }
}
