using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Anomalies;

/// <summary>The settings of an enabled anomaly: a user's values over the defaults, checked. Immutable.</summary>
internal sealed class AnomalySettings
{
    private readonly Dictionary<string, double> _values;

    /// <param name="longestWindow">Steps that the session keeps: a longer window is out of range.</param>
    /// <exception cref="UserError">A name that the anomaly does not have, or a value out of range.</exception>
    public AnomalySettings(AnomalyInfo info, IReadOnlyDictionary<string, double>? changes, int longestWindow)
    {
        _values = info.Settings.ToDictionary(s => s.Name, s => s.Default, StringComparer.Ordinal);
        foreach (var (name, value) in changes ?? new Dictionary<string, double>())
        {
            var setting = info.Settings.FirstOrDefault(s => s.Name == name) ?? throw Unknown(info, name);
            var most = name == "window" ? Math.Min(setting.Most, longestWindow) : setting.Most;
            if (!(value >= setting.Least && value <= most) || (setting.Whole && value != Math.Floor(value)))
            {
                var kind = setting.Whole ? (FormattableString)$"a whole number" : $"a number";
                throw new UserError("MOE6004", $"{info.Id}: {name} = {value} has no meaning ({setting.Meaning}).",
                    $"Use {kind} from {setting.Least} to {most}.");
            }
            _values[name] = value;
        }
    }

    public double this[string name] => _values[name];

    public int Whole(string name) => (int)_values[name];

    private static UserError Unknown(AnomalyInfo info, string name)
    {
        var names = string.Join(", ", info.Settings.Select(s => s.Name).OrderBy(known => RouterNames.Distance(name, known)));
        return new UserError("MOE6003", $"{info.Id} has no setting \"{name}\".",
            $"Its settings, nearest first: {(names.Length > 0 ? names : "none")}.");
    }
}
