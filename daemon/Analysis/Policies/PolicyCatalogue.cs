using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Analysis.Policies;

/// <summary>The policies that decide each token by its own scores.</summary>
public static class PolicyCatalogue
{
    private static readonly PolicyKind[] Kinds =
    [
        TopK.Kind,
        TopP.Kind,
        Threshold.Kind,
        Confidence.Kind,
        EntropyAdaptive.Kind,
        ExpertSkipping.Kind,
    ];

    public static IReadOnlyList<PolicyInfo> Known { get; } = [.. Kinds.Select(kind => kind.Info)];

    /// <summary>Makes the policy <paramref name="name"/>.</summary>
    /// <exception cref="UserError">Unknown policy or parameter, a parameter missing or out of range.</exception>
    public static IRoutingPolicy Create(string name, IReadOnlyDictionary<string, double> parameters)
    {
        var kind = Array.Find(Kinds, k => k.Info.Name == name);
        if (kind is null)
        {
            var nearest = Known.Select(info => info.Name).OrderBy(known => RouterNames.Distance(name, known));
            throw new UserError("MOE6010", $"there is no policy \"{name}\" for single tokens.",
                $"These exist, nearest first: {string.Join(", ", nearest)}.");
        }
        return kind.Create(new PolicyValues(kind.Info, parameters));
    }
}
