namespace MoeDevtools.Analysis.Anomalies;

/// <summary>Every anomaly there is, in the order in which a batch is checked.</summary>
internal static class AnomalyCatalogue
{
    public static IReadOnlyList<AnomalyKind> All { get; } =
    [
        NanLogits.Kind,          // first: what has a NaN is judged no further
        RouterCollapse.Kind,
        DeadExpert.Kind,
        FrozenRouter.Kind,
        LogitExplosion.Kind,
        TokenDrop.Kind,
        EntropyCliff.Kind,
        LoadImbalance.Kind,
        ExpertShare.Hot,
        ExpertShare.Cold,
        EntropyExtreme.Undecided,
        EntropyExtreme.OverSharp,
        ReplayMismatch.Kind,
        FailedForward.Kind,
    ];
}
