using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Analysis.Policies;

/// <summary>The parameters of a policy: what was given over the defaults, checked. Immutable.</summary>
internal sealed class PolicyValues
{
    private readonly Dictionary<string, double> _values;

    /// <exception cref="UserError">A parameter that the policy does not have, one that is missing, or a value out of range.</exception>
    public PolicyValues(PolicyInfo info, IReadOnlyDictionary<string, double> given)
    {
        foreach (var name in given.Keys)
            if (info.Parameters.All(p => p.Name != name))
                throw new UserError("MOE6011", $"policy {info.Name} has no parameter \"{name}\".", $"Its parameters: {Describe(info)}.");
        _values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var parameter in info.Parameters)
        {
            if (!given.TryGetValue(parameter.Name, out var value))
                value = parameter.Default ?? throw new UserError("MOE6012", $"policy {info.Name} needs {parameter.Name}.",
                    $"Write policy {info.Name} {parameter.Name}=NUMBER: {parameter.Meaning}.");
            if (!(value >= parameter.Least && value <= parameter.Most) || (parameter.Whole && value != Math.Floor(value)))
            {
                var kind = parameter.Whole ? "a whole number" : "a number";
                throw new UserError("MOE6013", $"policy {info.Name}: {parameter.Name} = {value} has no meaning ({parameter.Meaning}).",
                    $"Use {kind} from {parameter.Least} to {parameter.Most}.");
            }
            _values[parameter.Name] = value;
        }
        Text = string.Join(' ', _values.Where(v => given.ContainsKey(v.Key)).Select(v => string.Create(CultureInfo.InvariantCulture,
            $"{v.Key}={(float)v.Value}")).Prepend(info.Name));
    }

    /// <summary>As a person writes it, without what was left to its default: <c>top_p p=0.8</c>. Numbers as float32, in which they are
    /// read.</summary>
    public string Text { get; }

    public double this[string name] => _values[name];

    public int Whole(string name) => (int)_values[name];

    private static string Describe(PolicyInfo info) => string.Join(", ", info.Parameters.Select(p => p.Name));
}
