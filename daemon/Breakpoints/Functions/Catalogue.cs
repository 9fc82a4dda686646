namespace MoeDevtools.Breakpoints.Functions;

/// <summary>Every name of the condition language, one line each, in the order of docs/conditions.md.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<Quantity> Quantities { get; } =
    [
        Step.Quantity,
        Pass.Quantity,
        Phase.Quantity,
        Layer.Quantity,
        Router.Quantity,
        Rank.Quantity,
        MicroBatch.Quantity,
        Row.Quantity,
        Sequence.Quantity,
        Position.Quantity,
        Token.Quantity,
        Text.Quantity,
        TokenId.Quantity,
        Label.Quantity,
        Dropped.Quantity,
        RouterLogits.Quantity,
        RouterScores.Quantity,
        SelectionScores.Quantity,
        SelectedExperts.Quantity,
        RoutingWeights.Quantity,
        K.Quantity,
        Entropy.Quantity,
        Top1Margin.Quantity,
        SelectionMargin.Quantity,
        TopWeight.Quantity,
        Selected.Quantity,
        WeightOf.Quantity,
        IsFinite.Quantity,
        Load.Quantity,
        Share.Quantity,
        MaxVio.Quantity,
        Cv.Quantity,
        ZeroExperts.Quantity,
        DeadExperts.Quantity,
        EffectiveExperts.Quantity,
        LoadEntropy.Quantity,
        IdentityShare.Quantity,
        DropRate.Quantity,
        Tokens.Quantity,
        Any.Quantity,
        All.Quantity,
        Count.Quantity,
        Mean.Quantity,
        Min.Quantity,
        Max.Quantity,
    ];

    private static readonly Dictionary<string, Quantity> ByName = Quantities.ToDictionary(q => q.Name, StringComparer.Ordinal);

    /// <summary>Null for an unknown name.</summary>
    public static Quantity? Find(string name) => ByName.GetValueOrDefault(name);
}
