using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Numerics;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>What one expert is for: its tokens, domains and partners.</summary>
public static class DossierView
{
    private const int MostTokens = 24;
    private const int MostPartners = 8;
    private const int MostExamples = 12;

    /// <param name="router">Index.</param>
    /// <param name="expert">0 to N − 1.</param>
    /// <param name="pixels">As in <see cref="TimelineView"/>.</param>
    /// <param name="weights">The weight of a router <c>[experts, hidden]</c>, null where there is none; called before the run can be disposed. Null = no checkpoint is open.</param>
    /// <exception cref="OperationCanceledException"/>
    public static Dossier Of(
        RecordedRun run, int router, int expert, StepRange range, int pixels, Func<int, float[]?>? weights, ProgressReport? progress, CancellationToken cancelled) => run.Look(
        (reader, either) =>
        {
            var (own, following) = (run.Routers[router], run.Routers.FirstOrDefault(r => r.Index == router + 1 && r.Id.Stack == run.Routers[router].Id.Stack));
            return run.Dossiers.Use(
                (router, expert, range, pixels),
                () => new CountedExpert(own, expert, following, range, pixels),
                counted =>
                {
                    counted.Advance(reader, progress, either);
                    var (assignments, count) = (counted.Counts.Take(own.Rule.RealExperts).Sum(), counted.Counts[expert]);
                    var load = counted.Load(reader, null, either);
                    var (least, largest) = load is var (series, to) ? series.Line(0, to) : ([], []);
                    return new Dossier
                    {
                        Range = counted.Seen,
                        Router = router,
                        Expert = expert,
                        Tokens = counted.Tokens,
                        Count = count,
                        Utilization = assignments == 0 || expert >= own.Rule.RealExperts ? null : (double)count * own.Rule.RealExperts / assignments,
                        Share = counted.Tokens == 0 ? null : (double)count / counted.Tokens,
                        Interval = Interval(count, counted.Tokens),
                        MinimumCount = VocabularySpecialization.LeastOccurrences,
                        TopTokens =
                        [
                            .. counted.Vocabulary.Tokens().Where(t => t.Pmi > 0).OrderByDescending(t => t.Pmi).ThenByDescending(t => t.Occurrences).ThenBy(t => t.TokenId).Take(MostTokens)
                                .Select(t => new TopToken(t.TokenId, reader.TextOf(t.TokenId) ?? FormattableString.Invariant($"<{t.TokenId}>"), t.Count, t.Occurrences, t.Pmi)),
                        ],
                        Domains = Domains(counted.Domains, expert),
                        Partners = Partners(counted.Within, router, expert, isSame: true),
                        Next = counted.Following is { } next ? Partners(next, router + 1, expert, isSame: false) : [],
                        Similar = weights?.Invoke(router) is { } rows ? Similar(rows, own.Experts, expert) : null,
                        Timeline = new LoadLine(load?.Series.StepsPerPixel ?? 1, least, largest),
                        Examples = Examples(reader, router, counted),
                    };
                },
                either);
        },
        cancelled);

    private static IReadOnlyList<double> Interval(long count, long of) => of == 0 ? [] : WilsonInterval.Of(count, of) is var interval ? [interval.Low, interval.High] : [];

    private static IReadOnlyList<DomainShare> Domains(DomainSpecialization domains, int expert) =>
    [
        .. domains.Domains.Where(d => domains.Tokens(d) >= VocabularySpecialization.LeastOccurrences).Select(d => (Label: d, Count: domains.Count(d, expert), Tokens: domains.Tokens(d)))
            .Select(d => new DomainShare(d.Label, d.Count, d.Tokens, (double)d.Count / d.Tokens, Interval(d.Count, d.Tokens))).OrderByDescending(d => d.Share),
    ];

    private static IReadOnlyList<Partner> Partners(CoActivation pairs, int router, int expert, bool isSame) =>
    [
        .. Enumerable.Range(0, pairs.Counts.GetLength(1)).Where(e => !(isSame && e == expert) && pairs.Counts[expert, e] >= VocabularySpecialization.LeastOccurrences)
            .Select(e => new Partner(router, e, pairs.Counts[expert, e], pairs.Share(expert, e), pairs.Lift(expert, e))).Where(p => p.Lift > 1)
            .OrderByDescending(p => p.Lift).Take(MostPartners),
    ];

    private static IReadOnlyList<SimilarExpert> Similar(float[] rows, int experts, int expert)
    {
        var cosines = ExpertSimilarity.Cosines(rows, experts, expert);
        return [.. Enumerable.Range(0, experts).Where(e => e != expert && double.IsFinite(cosines[e])).OrderByDescending(e => cosines[e]).Take(MostPartners).Select(e => new SimilarExpert(e, cosines[e]))];
    }

    private static IReadOnlyList<TokenExample> Examples(TraceReader reader, int router, CountedExpert counted) =>
    [
        .. counted.Best.OrderByDescending(b => b.Weight).ThenBy(b => b.At.Step).ThenBy(b => b.At.Pass).ThenBy(b => b.At.Row).Take(MostExamples).Select(b =>
        {
            var (before, token, after) = TokenContext.Of(reader, router, b.At, b.Sequence);
            return new TokenExample(b.At.Step, b.At.Pass, b.At.Rank, b.At.Row, before, token, after, float.IsNaN(b.Weight) ? null : b.Weight);
        }),
    ];
}
