using MoeDevtools.Breakpoints.Functions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>Words of the language that are not in the catalogue, and how errors name things.</summary>
internal static class Words
{
    /// <summary>The phases, which need no quotes.</summary>
    public static IReadOnlyList<string> Phases { get; } = [.. Enum.GetValues<Routing.Phase>().Select(PhaseNames.Word)];

    public static bool IsPhase(string name) => Phases.Contains(name);

    public static FormattableString Of(ValueKind kind) => kind switch
    {
        ValueKind.Number => (FormattableString)$"a number",
        ValueKind.Truth => $"true or false",
        ValueKind.Text => $"text",
        _ => $"a vector",
    };

    /// <summary>The names that share most with <paramref name="name"/>, best first.</summary>
    public static IEnumerable<string> Nearest(string name) =>
        Catalogue.Quantities.Select(q => q.Name).OrderByDescending(n => Likeness(name, n)).Take(3);

    /// <summary>Dice coefficient of letter pairs, case ignored: top_weight is like topWeight.</summary>
    private static double Likeness(string a, string b)
    {
        var (first, second) = (Pairs(a), Pairs(b));
        return 2.0 * first.Intersect(second).Count() / Math.Max(1, first.Count + second.Count);
    }

    private static HashSet<string> Pairs(string name)
    {
        var letters = $" {name[..Math.Min(name.Length, 100)].ToUpperInvariant().Replace("_", "", StringComparison.Ordinal)} ";
        return [.. Enumerable.Range(0, letters.Length - 1).Select(i => letters.Substring(i, 2))];
    }
}
