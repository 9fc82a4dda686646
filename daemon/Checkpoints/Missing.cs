using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>What to say of a tensor that is not there.</summary>
internal static class Missing
{
    private const int MostNames = 3;

    public static UserError Tensor(string name, IReadOnlyCollection<string> names, IReadOnlyCollection<string> files) => new("MOE1029",
        $"No tensor {Shown.Text(name)} among the {names.Count} of {Shown.List(files)}; nearest: {Shown.List(Nearest(name, names))}.",
        $"Check that config.json and the weights belong together, and that the download is complete.");

    /// <summary>Names of a hierarchy differ in the middle: the longer the common beginning and end, the nearer.</summary>
    private static string[] Nearest(string name, IReadOnlyCollection<string> names) =>
        [.. names.OrderByDescending(candidate => Likeness(name, candidate)).ThenBy(candidate => candidate, StringComparer.Ordinal)
            .Take(MostNames)];

    private static int Likeness(string a, string b)
    {
        int begin = a.AsSpan().CommonPrefixLength(b);
        int most = Math.Min(a.Length, b.Length) - begin;
        int end = 0;
        while (end < most && a[^(end + 1)] == b[^(end + 1)])
        {
            end++;
        }
        return 2 * (begin + end) - Math.Max(a.Length, b.Length);
    }
}
