namespace MoeDevtools.Host.Verbs;

/// <summary>"Did you mean": the candidate with the fewest typing errors.</summary>
internal static class Suggestion
{
    /// <summary>Null where nothing is near: more than a third of the word would have to change.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = Math.Max(1, word.TrimStart('-').Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            bool completes = word.TrimStart('-').Length >= 2 && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase);
            int distance = completes ? 0 : Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var rows = new int[3, b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int now = i % 3, up = (i - 1) % 3, up2 = (i + 1) % 3;
            rows[now, 0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                int least = Math.Min(Math.Min(rows[up, j] + 1, rows[now, j - 1] + 1), rows[up, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    least = Math.Min(least, rows[up2, j - 2] + 1);
                }

                rows[now, j] = least;
            }
        }

        return rows[a.Length % 3, b.Length];
    }
}
