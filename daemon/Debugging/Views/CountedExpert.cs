using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Counts all that a dossier tells of one expert, as a recording is looked at again and again. One thread at a time.</summary>
internal sealed class CountedExpert
{
    private const RoutingColumns Columns = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights;

    private readonly int _expert;
    private readonly PassScan _scan;
    private readonly StepScan _load;
    private readonly Dictionary<int, (RowPlace At, int Sequence, float Weight)> _best = [];
    private readonly long[] _counts;

    /// <param name="next">The next router of the stack; null = none.</param>
    public CountedExpert(RouterInfo router, int expert, RouterInfo? next, StepRange range, int pixels)
    {
        _expert = expert;
        _scan = new PassScan(range, next is null ? [router.Index] : [router.Index, next.Index], Columns);
        _load = new StepScan(range, 1, pixels, (reader, from, to, series, cancelled) =>
        {
            cancelled.ThrowIfCancellationRequested();
            var real = router.Rule.RealExperts;
            foreach (var loads in reader.Loads(router.Index, from, to))
                if (expert < real && loads.Counts.Take(real).Sum(c => (long)c) is > 0 and var sum) series.Add(0, loads.Step, (double)loads.Counts[expert] * real / sum);
        });
        _counts = new long[router.Experts];
        (Vocabulary, Domains, Within) = (new VocabularySpecialization(expert), new DomainSpecialization(router.Experts), new CoActivation(router.Experts, router.Experts));
        Following = next is null ? null : new CoActivation(router.Experts, next.Experts);
    }

    public StepRange? Seen => _scan.Seen;

    public long Tokens => Within.Tokens;

    /// <summary>c_e <c>[experts]</c>.</summary>
    public IReadOnlyList<long> Counts => _counts;

    public VocabularySpecialization Vocabulary { get; }

    public DomainSpecialization Domains { get; }

    public CoActivation Within { get; }

    public CoActivation? Following { get; }

    /// <summary>Of each token of the vocabulary (-1 = unknown) the first row with the largest weight; NaN = weights are not recorded.</summary>
    public IEnumerable<(RowPlace At, int Sequence, float Weight)> Best => _best.Values;

    public void Advance(TraceReader reader, ProgressReport? progress, CancellationToken cancelled) => _scan.Advance(reader, Count, progress, cancelled);

    /// <summary>Its utilization by step.</summary>
    public (StepSeries Series, long To)? Load(TraceReader reader, ProgressReport? progress, CancellationToken cancelled) => _load.Look(reader, progress, cancelled);

    private void Count(TracePass pass)
    {
        if (pass.Batches[0] is not { } batch || !batch.Has(RoutingColumns.SelectedExperts)) return;
        batch.CountInto<long>(_counts, 1);
        var next = Following is not null && pass.Batches[1] is { } other && other.Has(RoutingColumns.SelectedExperts) ? other : null;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            var chosen = batch.ExpertsOf(row);
            Vocabulary.Add(pass.Rows.TokenId[row], chosen);
            Domains.Add(pass.Rows.Label[row], chosen);
            Within.Add(chosen, chosen);
            if (next is not null) Following!.Add(chosen, next.ExpertsOf(row));
            if (chosen.IndexOf(_expert) is not (>= 0 and var slot)) continue;
            var weight = batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row)[slot] : float.NaN;
            var id = pass.Rows.TokenId[row];
            if (_best.TryGetValue(id, out var best) && !(weight > best.Weight)) continue;
            _best[id] = (new RowPlace(pass.Key.Step, pass.Key.Pass, pass.Key.Rank, row), pass.Rows.Sequence[row], weight);
        }
    }
}
