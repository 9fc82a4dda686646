using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Dap;

/// <summary>
/// Assigning to an expression is a change of the decision in focus. Weights are assigned by expert, while a change gives them all, in the order of the rule: so what was
/// assigned to this decision is taken back first and made again with the rest.
/// </summary>
internal sealed partial class Assignments
{
    private readonly Dictionary<int, float> _weights = [];    // by expert, what was assigned at _at
    private Cursor? _at;
    private int _change;                                      // the change that makes them; 0 = none

    /// <exception cref="UserError">The expression cannot be assigned to, the value is none, or the session refuses the change.</exception>
    public void Set(DebugSession session, Stop stop, string expression, string value)
    {
        value = value.Trim();
        var target = Target().Match(expression.Trim());
        if (!target.Success)
            throw new UserError("MOE7020", $"\"{expression}\" cannot be set.", $"k, selected_experts, routing_weights, router_logits[E] and weightOf(E) can; other changes are made in the debug console: mask 6.");
        var shown = Chosen(stop);
        var before = TakeBack(session, stop);
        try
        {
            Apply(session, shown, target.Groups["name"].Value, target.Groups["index"].Value, value);
        }
        catch (UserError)
        {
            _weights.Clear();
            foreach (var (expert, weight) in before) _weights[expert] = weight;
            throw;
        }
        finally
        {
            MakeAgain(session, stop);
        }
    }

    /// <param name="shown">The chosen experts, in the order in which the client sees them.</param>
    private void Apply(DebugSession session, List<int> shown, string name, string index, string value)
    {
        switch (name)
        {
            case "k":
                session.Change($"k {value}");
                break;
            case "selected_experts":
                session.Change($"force {string.Join(',', Parts(value))}");
                break;
            case "router_logits":
                session.Change($"set_logits {index}={value}");
                break;
            case "routing_weights":
                var values = Parts(value);
                if (values.Length != shown.Count) throw new UserError("MOE7022", $"the decision has {shown.Count} experts, the value has {values.Length} weights.", $"Give one weight an expert, in the order shown.");
                for (var i = 0; i < shown.Count; i++) _weights[shown[i]] = Number(values[i]);
                break;
            default:
                var expert = int.Parse(index, CultureInfo.InvariantCulture);
                if (!shown.Contains(expert)) throw new UserError("MOE7029", $"expert {expert} is not chosen here: it has no weight.", $"Choose it first: force {expert}.");
                _weights[expert] = Number(value);
                break;
        }
    }

    /// <summary>Takes the weights that were assigned here out of the session.</summary>
    private Dictionary<int, float> TakeBack(DebugSession session, Stop stop)
    {
        var isMade = _at == stop.Cursor && _change != 0 && session.Interventions.Any(a => a.Id == _change);
        if (isMade) session.RemoveIntervention(_change);
        else _weights.Clear();
        (_at, _change) = (stop.Cursor, 0);
        return new Dictionary<int, float>(_weights);
    }

    private void MakeAgain(DebugSession session, Stop stop)
    {
        var chosen = Chosen(stop);
        foreach (var gone in _weights.Keys.Except(chosen).ToList()) _weights.Remove(gone);
        if (_weights.Count == 0) return;
        var own = stop.Batch.WeightsOf(stop.Row).ToArray();
        var experts = stop.Batch.ExpertsOf(stop.Row).ToArray();
        var list = experts.Select((e, j) => (Expert: e, Own: own[j])).Where(x => x.Expert >= 0).Select(x => _weights.GetValueOrDefault(x.Expert, x.Own).ToString("R", CultureInfo.InvariantCulture));
        _change = session.Change("weights " + string.Join(',', list)).Id;
    }

    private static List<int> Chosen(Stop stop) => [.. stop.Batch.ExpertsOf(stop.Row).ToArray().Where(e => e >= 0)];

    private static string[] Parts(string value) => value.Trim('[', ']').Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);

    private static float Number(string text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number) ? number
        : throw new UserError("MOE7021", $"\"{text}\" is not a number.", $"Write a weight, for example 0.5.");

    [GeneratedRegex(@"^(?<name>k|selected_experts|routing_weights)$|^(?<name>router_logits)\[\s*(?<index>\d{1,9})\s*\]$|^(?<name>weightOf)\(\s*(?<index>\d{1,9})\s*\)$")]
    private static partial Regex Target();
}
