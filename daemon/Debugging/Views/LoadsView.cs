using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>What the experts of all routers had to do over a range of steps, and how each router is doing.</summary>
public static class LoadsView
{
    /// <summary>Utilization above which an expert is called hot.</summary>
    private const double Hot = 2;

    /// <summary>Load fraction below which an expert is called cold.</summary>
    private const double Cold = 0.001;

    /// <exception cref="OperationCanceledException"/>
    public static Loads Of(RecordedRun run, StepRange range, ProgressReport? progress, CancellationToken cancelled) => run.Look(
        (reader, either) =>
        {
            var (means, entropyTo) = run.Entropies.Of(reader, range, either);
            var table = run.Loads.Of(reader, range, progress, either);
            return new Loads
            {
                From = table?.From,
                To = table?.To,
                EntropyTo = entropyTo,
                Tokens = table?.Tokens ?? [],
                Counts = table is null ? [] : [.. table.Counts.SelectMany(c => c)],
                Routers = table is null ? [] : [.. run.Routers.Select(r => Router(table, r, means[r.Index]))],
                PaddingUnknown = table is { PaddingUnknown: true },
                Missing = [.. reader.Drops()],
            };
        },
        cancelled);

    private static RouterLoads Router(LoadTable table, RouterInfo info, double entropy)
    {
        var (router, rule) = (info.Index, info.Rule);
        var (all, tokens, empty) = (table.Counts[router], table.Tokens[router], table.EmptySlots[router]);
        var counts = all[..rule.RealExperts];
        var (assignments, slots) = (counts.Sum(), all.Sum());
        double? Defined(double x) => double.IsFinite(x) ? x : null;
        IReadOnlyList<int> Where(Func<long, bool> is_) => [.. Enumerable.Range(0, counts.Length).Where(e => is_(counts[e]))];
        return new RouterLoads
        {
            Router = router,
            Assignments = assignments,
            IdentityAssignments = rule.IdentityExperts > 0 ? slots - assignments : null,
            Cv = Defined(LoadFormulas.Cv(counts)),
            MaxVio = Defined(LoadFormulas.MaxVio(counts)),
            LoadEntropy = Defined(LoadFormulas.NormalisedEntropy(counts)),
            EffectiveExperts = Defined(LoadFormulas.EffectiveExperts(counts)),
            DropRate = Defined(LoadFormulas.DropRate(slots, empty)),
            Entropy = Defined(entropy),
            ZeroExperts = assignments == 0 ? 0 : counts.Count(c => c == 0),
            Dead = assignments > 0 && tokens > 0 && LoadFormulas.ZeroIsNoChance(counts, tokens) ? Where(c => c == 0) : [],
            Cold = assignments > 0 ? Where(c => c > 0 && c < Cold * assignments) : [],
            Hot = assignments > 0 ? Where(c => c * (double)counts.Length > Hot * assignments) : [],
        };
    }
}
