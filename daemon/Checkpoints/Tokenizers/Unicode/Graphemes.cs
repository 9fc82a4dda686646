namespace MoeDevtools.Checkpoints.Tokenizers.Unicode;

/// <summary>
/// Extended grapheme clusters (UAX 29), as far as the Precompiled normalizer can tell: clusters of six bytes and more are taken
/// apart, so pairs of regional indicators need no rule.
/// </summary>
internal static class Graphemes
{
    private const int ZeroWidthJoiner = 0x200D;

    private static readonly CodePointSet Extend = UnicodeTables.Set("gcb extend");
    private static readonly CodePointSet Spacing = UnicodeTables.Set("gcb spacing");
    private static readonly CodePointSet Prepend = UnicodeTables.Set("gcb prepend");
    private static readonly CodePointSet Pictographic = UnicodeTables.Set("gcb pictographic");
    private static readonly CodePointSet Consonant = UnicodeTables.Set("incb consonant");
    private static readonly CodePointSet Linker = UnicodeTables.Set("incb linker");
    private static readonly CodePointSet ConjunctExtend = UnicodeTables.Set("incb extend");

    // Controls, separators, formats, and the unassigned code points that are ignorable by default.
    private static readonly CodePointSet Control = new[] { "Cc", "Cf", "Zl", "Zp" }
        .Aggregate(CodePointSet.FromRanges([0x2065, 0x2065, 0xFFF0, 0xFFF8, 0xE0000, 0xE0FFF]), (all, name) => all.Union(UnicodeTables.Property(name)!))
        .Intersect(Extend.Union(Spacing).Union(Prepend).Union(CodePointSet.Of(ZeroWidthJoiner)).Negate());

    /// <summary>The end of the cluster that begins at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<int> text, int start)
    {
        var joinedPictograph = Pictographic.Contains(text[start]); // Pictographic Extend* so far
        var readyForPictograph = false; // ... and then a joiner
        var conjunct = Consonant.Contains(text[start]) ? 1 : 0; // 1 = consonant (Extend|Linker)*, 2 = with a linker among them
        for (var i = start + 1; i < text.Length; i++)
        {
            int before = text[i - 1], now = text[i];
            var joins = (before, now) switch
            {
                ('\r', '\n') => true,
                _ when Control.Contains(before) || Control.Contains(now) => false,
                _ when now == ZeroWidthJoiner || Extend.Contains(now) || Spacing.Contains(now) || Prepend.Contains(before) => true,
                _ when conjunct == 2 && Consonant.Contains(now) => true,
                _ when readyForPictograph && Pictographic.Contains(now) => true,
                _ => JoinsAsHangul(before, now),
            };
            if (!joins)
            {
                return i;
            }
            readyForPictograph = joinedPictograph && now == ZeroWidthJoiner;
            joinedPictograph = (joinedPictograph && Extend.Contains(now)) || Pictographic.Contains(now);
            conjunct = Consonant.Contains(now) ? 1
                : conjunct > 0 && Linker.Contains(now) ? 2
                : conjunct > 0 && (ConjunctExtend.Contains(now) || now == ZeroWidthJoiner) ? conjunct
                : 0;
        }
        return text.Length;
    }

    private static bool JoinsAsHangul(int before, int now)
    {
        static bool Lead(int c) => c is (>= 0x1100 and <= 0x115F) or (>= 0xA960 and <= 0xA97C);
        static bool Vowel(int c) => c is (>= 0x1160 and <= 0x11A7) or (>= 0xD7B0 and <= 0xD7C6);
        static bool Trail(int c) => c is (>= 0x11A8 and <= 0x11FF) or (>= 0xD7CB and <= 0xD7FB);
        static bool Syllable(int c) => c is >= 0xAC00 and <= 0xD7A3;
        var open = Syllable(before) && (before - 0xAC00) % 28 == 0;
        return (Lead(before) && (Lead(now) || Vowel(now) || Syllable(now)))
            || ((open || Vowel(before)) && (Vowel(now) || Trail(now)))
            || ((Syllable(before) || Trail(before)) && Trail(now));
    }
}
