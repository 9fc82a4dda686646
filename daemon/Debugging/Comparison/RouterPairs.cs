using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Routers of two runs, aligned by their identity.</summary>
internal sealed class RouterPairs
{
    private RouterPairs(IReadOnlyList<(RouterInfo A, RouterInfo B)> pairs, IReadOnlyList<string> rest) => (Pairs, Rest) = (pairs, rest);

    /// <summary>In forward order of A.</summary>
    public IReadOnlyList<(RouterInfo A, RouterInfo B)> Pairs { get; }

    /// <summary>Names of routers without a partner.</summary>
    public IReadOnlyList<string> Rest { get; }

    /// <param name="nameA">For messages.</param>
    /// <param name="partial">One run may have recorded fewer routers of the same model than the other.</param>
    /// <exception cref="UserError">The architectures do not fit.</exception>
    public static RouterPairs Of(string nameA, IReadOnlyList<RouterInfo> a, string nameB, IReadOnlyList<RouterInfo> b, bool partial)
    {
        var inB = b.ToDictionary(r => r.Id);
        var pairs = a.Where(r => inB.ContainsKey(r.Id)).Select(r => (A: r, B: inB[r.Id])).ToList();
        if (pairs.FirstOrDefault(p => p.A.Experts != p.B.Experts) is { A: not null } other)
            throw new UserError("MOE4020", $"{other.A.Name} has {other.A.Experts} experts in {nameA} and {other.B.Experts} in {nameB}: the architectures do not fit.", $"Compare runs of the same architecture; an import may need --experts.");
        var rest = a.Where(r => !inB.ContainsKey(r.Id)).Concat(b.Where(r => pairs.TrueForAll(p => p.B.Id != r.Id))).ToList();
        if (pairs.Count == 0 || (rest.Count > 0 && !partial) || (pairs.Count < a.Count && pairs.Count < b.Count))
            throw new UserError("MOE4021", $"{nameA} has routers at {Places(a)}, {nameB} at {Places(b)}: the architectures do not fit.", $"Compare runs of the same architecture.");
        return new RouterPairs(pairs, [.. rest.Select(r => r.Name)]);
    }

    private static string Places(IReadOnlyList<RouterInfo> routers) => routers.Count == 0 ? "no layer"
        : string.Join(", ", routers.GroupBy(r => r.Id.Stack).Select(g => FormattableString.Invariant($"{g.Key} layers {g.Min(r => r.Id.Layer)} to {g.Max(r => r.Id.Layer)} ({g.Count()})")));
}
