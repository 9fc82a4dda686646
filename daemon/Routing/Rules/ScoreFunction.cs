namespace MoeDevtools.Routing.Rules;

/// <summary>What makes router scores of router logits. The values are stored in traces: never renumber.</summary>
public enum ScoreFunction
{
    /// <summary>softmax over all N experts.</summary>
    Softmax = 0,

    /// <summary>σ(z) of each expert alone.</summary>
    Sigmoid = 1,

    /// <summary>√softplus(z) = √ln(1 + e^z) of each expert alone: not negative, without an upper end.</summary>
    SqrtSoftplus = 2,
}
