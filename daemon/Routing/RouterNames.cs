namespace MoeDevtools.Routing;

/// <summary>Matches router names by glob and finds near misses.</summary>
public static class RouterNames
{
    private static readonly string[] Wrappers = ["module", "_orig_mod", "_fsdp_wrapped_module"];

    /// <summary>
    /// A name as a training framework wraps it, without its wrappers: <c>module.</c>, <c>_orig_mod.</c> and <c>_fsdp_wrapped_module.</c>
    /// are dropped wherever a path segment starts.
    /// </summary>
    public static string WithoutWrappers(string name)
    {
        var segments = name.Split('.');
        return string.Join('.', segments.Where((segment, i) => i == segments.Length - 1 || !Wrappers.Contains(segment)));
    }

    /// <summary>
    /// True if <paramref name="glob"/> matches the router's name or one of its aliases. <c>*</c> stands for any run of characters (dots too),
    /// <c>?</c> for one character, <c>[0-3]</c> and <c>[!0]</c> for one of a set, <c>{2,7}</c> for alternatives. Case matters.
    /// </summary>
    public static bool Matches(string glob, RouterInfo router)
    {
        if (Glob.IsMatch(glob, router.Name)) return true;
        foreach (var alias in router.Aliases)
            if (Glob.IsMatch(glob, alias)) return true;
        return false;
    }

    /// <summary>True if one of <paramref name="globs"/> matches the router, or if there are none: then all are meant.</summary>
    public static bool AreFor(IReadOnlyList<string> globs, RouterInfo router) => globs.Count == 0 || globs.Any(glob => Matches(glob, router));

    /// <summary>A glob that matches the names of these routers and no other: <c>layers.{0,1}.gate</c> where they differ in one segment alone.</summary>
    public static string GlobOf(IReadOnlyList<RouterInfo> routers)
    {
        if (routers.Count == 1) return routers[0].Name;
        var names = routers.Select(r => r.Name.Split('.')).ToList();
        var segments = names[0].Length;
        if (names.TrueForAll(name => name.Length == segments))
        {
            var differ = Enumerable.Range(0, segments).Where(i => names.Exists(name => name[i] != names[0][i])).ToList();
            if (differ is [var one])
                return string.Join('.', names[0].Select((segment, i) => i == one ? $"{{{string.Join(',', names.Select(name => name[i]))}}}" : segment));
        }
        return $"{{{string.Join(',', routers.Select(r => r.Name))}}}";
    }

    /// <summary>The routers that <paramref name="glob"/> matches, in forward order.</summary>
    public static IReadOnlyList<RouterInfo> Match(string glob, IReadOnlyList<RouterInfo> routers) =>
        [.. routers.Where(r => Matches(glob, r))];

    /// <summary>The <paramref name="count"/> router names nearest to <paramref name="glob"/> by edit distance, nearest first.</summary>
    public static IReadOnlyList<string> Nearest(string glob, IReadOnlyList<RouterInfo> routers, int count = 3) =>
        [.. routers.OrderBy(r => Distance(glob, r.Name)).ThenBy(r => r.Index).Take(count).Select(r => r.Name)];

    /// <summary>Edit distance (Levenshtein).</summary>
    public static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            (previous, current) = (current, previous);
        }
        return previous[b.Length];
    }
}
