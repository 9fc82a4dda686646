using System.Globalization;

namespace MoeDevtools.Routing.Interventions;

/// <summary>Token positions as a person lists them: <c>3,5-9,20-</c>. Immutable.</summary>
public sealed record PositionSet(IReadOnlyList<(int First, int Last)> Ranges)
{
    /// <summary>Parses; null when the text is not a list of positions and ranges.</summary>
    public static PositionSet? TryParse(string text)
    {
        var ranges = new List<(int, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var last = int.MaxValue;
            if (!int.TryParse(dash < 0 ? part : part[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first)) return null;
            if (dash < 0) last = first;
            else if (dash + 1 < part.Length && !int.TryParse(part.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out last)) return null;
            if (last < first) return null;
            ranges.Add((first, last));
        }
        return new PositionSet(ranges);
    }

    public bool Contains(int position)
    {
        foreach (var (first, last) in Ranges)
            if (position >= first && position <= last) return true;
        return false;
    }

    public override string ToString() => string.Join(',', Ranges.Select(r => r.First == r.Last
        ? string.Create(CultureInfo.InvariantCulture, $"{r.First}")
        : r.Last == int.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"{r.First}-") : string.Create(CultureInfo.InvariantCulture, $"{r.First}-{r.Last}")));
}
