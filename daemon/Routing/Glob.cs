namespace MoeDevtools.Routing;

/// <summary>Glob matching over module paths. Linear in the name for each star (no exponential backtracking).</summary>
public static class Glob
{
    /// <inheritdoc cref="RouterNames.Matches"/>
    public static bool IsMatch(string glob, string name)
    {
        var open = glob.IndexOf('{', StringComparison.Ordinal);
        var close = open < 0 ? -1 : glob.IndexOf('}', open);
        if (close < 0) return IsMatch(glob.AsSpan(), name);
        foreach (var choice in glob[(open + 1)..close].Split(','))
            if (IsMatch(string.Concat(glob.AsSpan(0, open), choice, glob.AsSpan(close + 1)), name)) return true;
        return false;
    }

    private static bool IsMatch(ReadOnlySpan<char> glob, ReadOnlySpan<char> name)
    {
        int g = 0, n = 0, star = -1, starName = 0;
        while (n < name.Length)
        {
            if (g < glob.Length && glob[g] == '*')
            {
                star = g++;
                starName = n;
            }
            else if (g < glob.Length && MatchOne(glob[g..], name[n], out var used))
            {
                g += used;
                n++;
            }
            else if (star >= 0)
            {
                g = star + 1;
                n = ++starName;
            }
            else return false;
        }
        while (g < glob.Length && glob[g] == '*') g++;
        return g == glob.Length;
    }

    private static bool MatchOne(ReadOnlySpan<char> glob, char c, out int used)
    {
        used = 1;
        if (glob[0] == '?') return true;
        var close = glob[0] == '[' ? glob.IndexOf(']') : -1;
        if (close < 2) return glob[0] == c;
        used = close + 1;
        var set = glob[1..close];
        var negated = set[0] == '!';
        if (negated) set = set[1..];
        for (var i = 0; i < set.Length; i++)
        {
            var range = i + 2 < set.Length && set[i + 1] == '-';
            if (c >= set[i] && c <= set[range ? i + 2 : i]) return !negated;
            if (range) i += 2;
        }
        return negated;
    }
}
