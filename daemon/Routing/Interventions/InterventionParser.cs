using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Routing.Interventions;

/// <summary>
/// Reads interventions as people write them on the command line and in the console: <c>GLOB [at 3,5-9]: mask 6; add_to_logits 1=6</c>.
/// </summary>
/// <param name="policy">Makes a policy of its name and parameters; throws <see cref="UserError"/> for an unknown one.</param>
public sealed class InterventionParser(Func<string, IReadOnlyDictionary<string, double>, IRoutingPolicy> policy)
{
    private static readonly InterventionKind[] Kinds = Enum.GetValues<InterventionKind>();

    /// <summary>The words that start a change, for completion.</summary>
    public static IEnumerable<string> Words => Kinds.Select(Intervention.WordOf);

    /// <summary><c>GLOB [at POSITIONS]: CHANGE[; CHANGE]</c>.</summary>
    /// <exception cref="UserError"/>
    public InterventionSet ParseSet(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            throw new UserError("MOE3110", $"\"{text}\" has no colon between the routers and the changes.", $"Write GLOB [at POSITIONS]: CHANGE, for example \"model.layers.2.*: mask 6\".");
        var place = $" {text[..colon].Trim()} ";                   // so that "at 3: ..." and "* at: ..." have their " at " too
        PositionSet? positions = null;
        var at = place.IndexOf(" at ", StringComparison.Ordinal);
        if (at >= 0)
        {
            var list = place[(at + 4)..].Trim();
            positions = PositionSet.TryParse(list)
                ?? throw new UserError("MOE3111", $"\"{list}\" is not a list of positions.", $"Write positions and ranges, for example 3,5-9 or 20- (to the end).");
            place = place[..at];
        }
        place = place.Trim();
        if (place.Length == 0) place = "*";
        return new InterventionSet(place, positions, ParseChanges(text[(colon + 1)..]));
    }

    /// <summary><c>CHANGE[; CHANGE]</c>, at least one.</summary>
    /// <exception cref="UserError"/>
    public IReadOnlyList<Intervention> ParseChanges(string text)
    {
        var changes = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParseChange).ToList();
        return changes.Count > 0 ? changes
            : throw new UserError("MOE3112", $"no change is written after the colon.", $"Write one of: {string.Join(", ", Words)}.");
    }

    private Intervention ParseChange(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var word = space < 0 ? text : text[..space];
        var rest = space < 0 ? "" : text[(space + 1)..].Trim();
        var index = Array.FindIndex(Kinds, k => Intervention.WordOf(k) == word);
        if (index < 0)
            throw new UserError("MOE3113", $"\"{word}\" is not a change of routing.", $"Write one of: {string.Join(", ", Words)}.");
        var kind = Kinds[index];
        return kind switch
        {
            InterventionKind.K => new Intervention { Kind = kind, K = Integer(rest, text) },
            InterventionKind.ScaleWeights => new Intervention { Kind = kind, Factor = Number(rest, text) },
            InterventionKind.Weights => new Intervention { Kind = kind, Weights = [.. Parts(rest, text).Select(p => Number(p, text))] },
            InterventionKind.AddToLogits or InterventionKind.SetLogits or InterventionKind.SelectionBias => new Intervention
            {
                Kind = kind,
                Values = Distinct([.. Parts(rest, text).Select(p => Pair(p, text)).Select(p => KeyValuePair.Create(Integer(p.Key, text), Number(p.Value, text)))], v => v.Key, text),
            },
            InterventionKind.Policy => new Intervention { Kind = kind, Policy = ParsePolicy(rest, text) },
            _ => new Intervention { Kind = kind, Experts = Distinct([.. Parts(rest, text).Select(p => Integer(p, text))], e => e, text) },
        };
    }

    private IRoutingPolicy ParsePolicy(string rest, string whole)
    {
        var words = rest.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw Malformed(whole);
        var parameters = Distinct([.. words[1..].Select(w => Pair(w, whole))], p => p.Key, whole);
        return policy(words[0], parameters.ToDictionary(p => p.Key, p => (double)Number(p.Value, whole)));
    }

    private static List<T> Distinct<T, TKey>(List<T> items, Func<T, TKey> name, string whole) => items.DistinctBy(name).Count() == items.Count ? items
        : throw new UserError("MOE3114", $"\"{whole}\" names an expert or a parameter twice.", $"Name each once.");

    private static string[] Parts(string rest, string whole) =>
        rest.Length > 0 ? rest.Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : throw Malformed(whole);

    private static (string Key, string Value) Pair(string part, string whole)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (part[..equals].Trim(), part[(equals + 1)..].Trim()) : throw Malformed(whole);
    }

    private static int Integer(string text, string whole) =>
        int.TryParse(text.TrimStart('E'), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Malformed(whole);

    private static float Number(string text, string whole) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value) ? value : throw Malformed(whole);

    private static UserError Malformed(string whole) => new(
        "MOE3115", $"\"{whole}\" is not written as a change of routing is.",
        $"Examples: mask 6 · force 3,7 · k 2 · add_to_logits 1=6,2=-1 · weights 0.5,0.5 · scale_weights 0 · policy top_p p=0.8.");
}
