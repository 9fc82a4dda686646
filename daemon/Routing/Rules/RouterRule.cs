using MoeDevtools.Messages;

namespace MoeDevtools.Routing.Rules;

/// <summary>
/// A router rule as data: how one family's router makes scores, chooses experts and weighs them. The functions that run it are
/// <see cref="RouterRules"/>. Immutable; kept by sessions and traces, so that a decision can be made again without the model.
/// </summary>
public sealed record RouterRule
{
    /// <summary>N.</summary>
    public required int Experts { get; init; }

    /// <summary>The last so many of the N: identities, which give their input back and cost nothing (zero-computation experts, LongCat-Flash).</summary>
    public int IdentityExperts { get; init; }

    /// <summary>N without the identities: the experts that have a load.</summary>
    public int RealExperts => Experts - IdentityExperts;

    /// <summary>k, experts a token; 1 to N.</summary>
    public required int K { get; init; }

    public ScoreFunction Scores { get; init; }

    public RankedValues Ranks { get; init; }

    /// <summary>b <c>[experts]</c>, added to what is ranked for the selection alone, never for the weights; null = none (DeepSeek-V3).</summary>
    public float[]? Bias { get; init; }

    /// <summary>Experts are cut into this many runs of neighbours; 1 = no groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Groups whose experts stay in the selection; the others get <see cref="GroupFill"/>.</summary>
    public int GroupsKept { get; init; } = 1;

    /// <summary>A group's score is the sum of this many of its best selection scores.</summary>
    public int GroupScoreExperts { get; init; } = 2;

    /// <summary>Selection score outside the kept groups: −∞, or 0 (DeepSeek-V2), which an expert can still be chosen by.</summary>
    public float GroupFill { get; init; } = float.NegativeInfinity;

    public WeightFunction Weights { get; init; }

    /// <summary>η of <see cref="WeightFunction.SparseMixer"/>: an expert more than 2η below the best, in relative terms, is left out.</summary>
    public float Jitter { get; init; }

    /// <summary>Whether the chosen weights are divided by max((Σ w^p)^(1/p) + ε, floor).</summary>
    public bool Normalise { get; init; }

    /// <summary>p.</summary>
    public float NormalisePower { get; init; } = 1;

    /// <summary>ε.</summary>
    public float NormaliseEpsilon { get; init; }

    /// <summary>The least divisor.</summary>
    public float NormaliseFloor { get; init; }

    /// <summary>Factor on the weights after normalisation.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Factor on the sum of the experts' outputs, which the weights do not contain.</summary>
    public float OutputFactor { get; init; } = 1;

    /// <summary>The weights multiply the experts' input and not their output (Llama 4).</summary>
    public bool WeighsInput { get; init; }

    /// <summary>Tokens of a sequence that an expert takes; later ones that choose it are dropped. Null = all (Switch).</summary>
    public int? Capacity { get; init; }

    /// <summary>A token's experts are looked up by its id, whatever the scores; these give the weights alone.</summary>
    public bool ByToken => Ranks == RankedValues.TokenTable;

    /// <summary>The fewest experts with a load that a token which has any goes to.</summary>
    public int LeastReal => Math.Max(1, K - IdentityExperts);

    /// <summary>The columns that a decision has here.</summary>
    public RoutingColumns Columns => ByToken ? RoutingColumns.All & ~RoutingColumns.SelectionScores : RoutingColumns.All;

    /// <summary>The largest router score that there can be.</summary>
    public double MostScore => Scores == ScoreFunction.SqrtSoftplus ? double.PositiveInfinity : 1;

    /// <summary>The largest routing weight that there can be.</summary>
    public double MostWeight => Weights == WeightFunction.OwnScores && !Normalise ? MostScore * Scale : Scale;

    /// <summary>Slots are in the order in which experts were drawn, not by weight.</summary>
    public bool KeepsDrawnOrder => Weights == WeightFunction.SparseMixer;

    /// <summary>Columns that the model itself does not compute: made of the logits so that they can be looked at.</summary>
    public RoutingColumns Derived => Ranks == RankedValues.Logits ? RoutingColumns.RouterScores : RoutingColumns.None;

    /// <summary>The rule in words, a clause a step.</summary>
    public IEnumerable<FormattableString> Words
    {
        get
        {
            if (ByToken) yield return $"by token id";
            FormattableString ranked = Weights == WeightFunction.SparseMixer ? (FormattableString)$"sparse mixer" : Ranks == RankedValues.Logits ? (FormattableString)$"raw logits" : Scores switch
            {
                ScoreFunction.Softmax => (FormattableString)$"softmax over all",
                ScoreFunction.Sigmoid => $"sigmoid of each",
                _ => $"sqrt-softplus of each",
            };
            yield return Bias is null ? ranked : $"{ranked} + correction bias for the choice";
            if (Groups > 1) yield return GroupScoreExperts == 1 ? (FormattableString)$"best {GroupsKept} of {Groups} groups by their best" : $"best {GroupsKept} of {Groups} groups by their top {GroupScoreExperts}";
            yield return ByToken ? (FormattableString)$"{K} of {Experts} from a table" : Weights == WeightFunction.SparseMixer ? (FormattableString)$"top-{K} of {Experts} one by one" : $"top-{K} of {Experts}";
            if (Weights == WeightFunction.SparseMixer) yield return $"each a softmax over what is within {2 * Jitter:0.####} of the best left";
            else if (Weights == WeightFunction.SoftmaxOfChosen) yield return $"softmax over the chosen";
            else
            {
                if (Ranks == RankedValues.Logits) yield return Scores switch
                {
                    ScoreFunction.Softmax => (FormattableString)$"softmax of the chosen",
                    ScoreFunction.Sigmoid => $"sigmoid of the chosen",
                    _ => $"sqrt-softplus of the chosen",
                };
                yield return !Normalise ? (FormattableString)$"not renormalised" : NormalisePower == 1 ? (FormattableString)$"renormalised" : $"renormalised by their {NormalisePower}-norm";
            }
            if (Scale != 1) yield return $"times {Scale}";
            if (OutputFactor != 1) yield return $"sum of the experts times {OutputFactor}";
            if (WeighsInput) yield return $"weighs the experts' input";
            if (IdentityExperts > 0) yield return $"E{RealExperts} to E{Experts - 1} are zero experts (identity)";
            if (Capacity is { } capacity) yield return $"capacity {capacity} a sequence, later tokens are dropped";
        }
    }

    /// <summary>The rule in one line of words, as <c>inspect</c> shows it.</summary>
    /// <param name="language">Null = English.</param>
    public string Describe(Translations? language = null) => (language ?? Translations.English).List(Words);
}
