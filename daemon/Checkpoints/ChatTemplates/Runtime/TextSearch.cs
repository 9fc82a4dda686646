namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Finding text in text, at the price of the worst case: length times length.</summary>
internal static class TextSearch
{
    /// <summary>Characters that the vectorized search looks at for one unit.</summary>
    private const int CharactersPerUnit = 64;

    public static int IndexOf(Run run, string text, string part, int start)
    {
        Pay(run, text.Length - start, part.Length);
        return text.IndexOf(part, start, StringComparison.Ordinal);
    }

    public static int LastIndexOf(Run run, string text, string part)
    {
        Pay(run, text.Length, part.Length);
        return part.Length == 0 ? text.Length : text.LastIndexOf(part, StringComparison.Ordinal);
    }

    /// <summary>All places, from the left, without overlaps.</summary>
    public static List<int> All(Run run, string text, string part, long limit)
    {
        Pay(run, text.Length, part.Length);
        var places = new List<int>();
        for (var i = 0; places.Count < limit && (i = text.IndexOf(part, i, StringComparison.Ordinal)) >= 0; i += part.Length)
        {
            run.Spend(1);
            places.Add(i);
        }

        return places;
    }

    /// <summary>str.replace: an empty <paramref name="old"/> stands between all characters.</summary>
    public static string Replace(Run run, string text, string old, string with, long limit)
    {
        List<int> places;
        if (old.Length == 0)
        {
            places = [];
            for (var i = 0; places.Count < limit && i <= text.Length; i += i < text.Length ? CodePoints.Width(text, i) : 1)
            {
                run.Spend(1);
                places.Add(i);
            }
        }
        else
        {
            places = All(run, text, old, limit);
        }

        if (places.Count == 0)
        {
            return text;
        }

        run.Spend(text.Length + ((long)places.Count * with.Length));
        var result = new System.Text.StringBuilder();
        var end = 0;
        foreach (var place in places)
        {
            result.Append(text, end, place - end).Append(with);
            end = place + old.Length;
        }

        return result.Append(text, end, text.Length - end).ToString();
    }

    private static void Pay(Run run, long text, long part) =>
        run.Spend(1 + (text * Math.Clamp(part, 1, Math.Max(1, text)) / CharactersPerUnit));
}
