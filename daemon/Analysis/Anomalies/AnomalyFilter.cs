using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>An anomaly to look for, as a person writes it: <c>ID</c> or <c>ID:threshold=2,window=50,mode=decision</c>.</summary>
public sealed record AnomalyFilter(string Id, IReadOnlyDictionary<string, double> Settings)
{
    /// <summary><c>mode=decision</c>: the session stops at each row that the anomaly names, else (<c>mode=batch</c>) once a router and pass.</summary>
    public bool EachRow { get; init; }

    /// <summary>Reads the form only; what exists is <see cref="AnomalyMonitor.Enable"/>'s to say.</summary>
    /// <exception cref="UserError"/>
    public static AnomalyFilter Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var id = (colon < 0 ? text : text[..colon]).Trim();
        var settings = new Dictionary<string, double>(StringComparer.Ordinal);
        if (id.Length == 0) throw Malformed(text);
        if (colon < 0) return new AnomalyFilter(id, settings);
        bool? eachRow = null;
        foreach (var part in text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries))
        {
            if (eachRow is null && part is ("mode=decision" or "mode=batch"))
            {
                eachRow = part == "mode=decision";
                continue;
            }
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1
                || !double.TryParse(part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                || !double.IsFinite(value)
                || !settings.TryAdd(part[..equals].TrimEnd(), value)) throw Malformed(text);
        }
        return new AnomalyFilter(id, settings) { EachRow = eachRow == true };
    }

    /// <summary>As a person writes it.</summary>
    public override string ToString()
    {
        var parts = Settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}={s.Value}")).Concat(EachRow ? ["mode=decision"] : []).ToList();
        return parts.Count == 0 ? Id : $"{Id}:{string.Join(',', parts)}";
    }

    private static UserError Malformed(string text) => new(
        "MOE6001", $"\"{text}\" is not written as an anomaly filter is.",
            $"Write ID or ID:NAME=NUMBER,NAME=NUMBER with each name once, for example router_collapse:window=50; mode=decision stops at each row.");
}
