using System.Runtime.InteropServices;

namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>Changes of a piece's text that keep its alignment to the input, with the reference's rules.</summary>
internal static class PieceEditor
{
    /// <summary>The piece with <paramref name="changes"/> in place of what <see cref="Piece.OriginalRange"/> reaches.</summary>
    /// <param name="skipped">Old characters dropped before the first change.</param>
    public static Piece Transform(in Piece piece, List<Change> changes, int skipped = 0) =>
        piece.OriginalRange() is { } range ? Transform(piece, range.From, range.To, CollectionsMarshal.AsSpan(changes), skipped) : piece;

    public static Piece Transform(in Piece piece, int from, int to, ReadOnlySpan<Change> changes, int skipped)
    {
        var text = new NormalizedText(piece.Length - (to - from) + changes.Length);
        text.Add(piece, 0, from);
        var starts = piece.Starts;
        var ends = piece.Ends;
        var at = from + Math.Min(skipped, to - from);
        foreach (var (point, kind) in changes)
        {
            if (kind > 0)
            {
                var (start, end) = at < 1 ? (piece.Origin, piece.Origin) : (starts[at - 1], ends[at - 1]);
                text.Add(point, start, end);
                continue;
            }
            if (at >= piece.Length)
            {
                throw TokenizerErrors.ReferenceFails("The normalizer", "it writes past the end of what it replaces");
            }
            text.Add(point, starts[at], ends[at]);
            at = Math.Min(at + 1 - kind, Math.Max(to, at));
        }
        text.Add(piece, to, piece.Length);
        return new(text, 0, text.Length, piece.Origin, piece.OriginLength);
    }

    /// <summary>The piece with each character that <paramref name="keep"/> turns down removed.</summary>
    public static Piece Filter(in Piece piece, Func<int, bool> keep)
    {
        var changes = new List<Change>(piece.Length);
        int removed = 0, skipped = 0, last = -1;
        foreach (var point in piece.Points)
        {
            if (!keep(point))
            {
                removed++;
                continue;
            }
            if (last >= 0)
            {
                changes.Add(new(last, -removed));
            }
            else
            {
                skipped = removed;
            }
            last = point;
            removed = 0;
        }
        if (last >= 0)
        {
            changes.Add(new(last, -removed));
        }
        return changes.Count == piece.Length ? piece : Transform(piece, changes, skipped);
    }

    public static Piece Map(in Piece piece, Func<int, int> map)
    {
        var changes = new List<Change>(piece.Length);
        foreach (var point in piece.Points)
        {
            changes.Add(new(map(point), 0));
        }
        return Transform(piece, changes);
    }

    /// <summary>The piece with <paramref name="prefix"/> before its first character, whose span the prefix shares.</summary>
    public static Piece Prepend(in Piece piece, ReadOnlySpan<int> prefix)
    {
        if (piece.Length == 0)
        {
            return piece;
        }
        var changes = new Change[prefix.Length + 1];
        for (var i = 0; i < prefix.Length; i++)
        {
            changes[i] = new(prefix[i], i == 0 ? 0 : 1);
        }
        changes[^1] = new(piece.Points[0], 1);
        return Transform(piece, 0, 1, changes, 0);
    }

    /// <summary>The piece with each match replaced; the new characters have the span of the match's last character.</summary>
    public static Piece Replace(in Piece piece, List<Match> matches, ReadOnlySpan<int> content)
    {
        if (!matches.Exists(m => m.IsMatch))
        {
            return piece;
        }
        var text = new NormalizedText(piece.Length);
        foreach (var (from, to, isMatch) in matches)
        {
            if (!isMatch)
            {
                text.Add(piece, from, to);
                continue;
            }
            var (start, end) = to < 1 ? (piece.Origin, piece.Origin) : (piece.Starts[to - 1], piece.Ends[to - 1]);
            foreach (var point in content)
            {
                text.Add(point, start, end);
            }
        }
        return new(text, 0, text.Length, piece.Origin, piece.OriginLength);
    }
}
