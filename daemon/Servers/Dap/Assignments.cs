using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Dap;

/// <summary>Assigning to an expression is a change of the decision in focus.</summary>
internal sealed partial class Assignments
{
    private readonly Dictionary<int, float> _weights = [];    // by expert, what was assigned at _at
    private Cursor? _at;
    private int _change;

    /// <exception cref="UserError">The expression cannot be assigned to, the value is none, or the session refuses the change.</exception>
    public void Set(DebugSession session, Stop stop, string expression, string value)
    {
        value = value.Trim();
        var target = Target().Match(expression.Trim());
        var index = target.Groups["index"].Value;
        switch (target.Groups["name"].Value)
        {
            case "k":
                session.Change($"k {value}");
                break;
            case "selected_experts":
                session.Change($"force {List(value)}");
                break;
            case "routing_weights":
                session.Change($"weights {List(value)}");
                break;
            case "router_logits":
                session.Change($"set_logits {index}={value}");
                break;
            case "weightOf":
                SetWeight(session, stop, int.Parse(index, CultureInfo.InvariantCulture), value);
                break;
            default:
                throw new UserError("MOE7020", $"\"{expression}\" cannot be set.", $"k, selected_experts, routing_weights, router_logits[E] and weightOf(E) can; other changes are made in the debug console: mask 6.");
        }
    }

    /// <summary>
    /// Weights are changed all at once, in the order that the rule gives; so what was assigned here before is taken back first, and made again together with the new one.
    /// </summary>
    private void SetWeight(DebugSession session, Stop stop, int expert, string value)
    {
        if (!float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) || !float.IsFinite(weight))
            throw new UserError("MOE7021", $"\"{value}\" is not a number.", $"Write a weight, for example 0.5.");
        if (_at != stop.Cursor) (_at, _change) = (stop.Cursor, 0);
        if (_change == 0) _weights.Clear();
        var before = new Dictionary<int, float>(_weights);
        var batch = stop.Batch;
        if (batch.ExpertsOf(stop.Row).IndexOf(expert) < 0)
            throw new UserError("MOE7022", $"expert {expert} is not chosen here: it has no weight.", $"Choose it first: force {expert}.");
        if (_change != 0 && session.Interventions.Any(a => a.Id == _change)) session.RemoveIntervention(_change);
        _weights[expert] = weight;
        try
        {
            _change = session.Change("weights " + Ordered(batch.ExpertsOf(stop.Row), batch.WeightsOf(stop.Row))).Id;
        }
        catch (UserError)
        {
            _weights.Clear();
            foreach (var (e, w) in before) _weights[e] = w;
            _change = before.Count == 0 ? 0 : session.Change("weights " + Ordered(batch.ExpertsOf(stop.Row), batch.WeightsOf(stop.Row))).Id;
            throw;
        }
    }

    private string Ordered(ReadOnlySpan<int> experts, ReadOnlySpan<float> weights)
    {
        var list = new List<string>();
        for (var j = 0; j < experts.Length; j++)
            if (experts[j] >= 0) list.Add(_weights.GetValueOrDefault(experts[j], weights[j]).ToString("R", CultureInfo.InvariantCulture));
        return string.Join(',', list);
    }

    private static string List(string value) => value.Trim('[', ']', ' ').Replace(" ", "", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<name>k|selected_experts|routing_weights)$|^(?<name>router_logits)\[\s*(?<index>\d{1,9})\s*\]$|^(?<name>weightOf)\(\s*(?<index>\d{1,9})\s*\)$")]
    private static partial Regex Target();
}
