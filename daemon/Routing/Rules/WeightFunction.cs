namespace MoeDevtools.Routing.Rules;

/// <summary>What makes routing weights of the chosen experts. The values are stored in traces: never renumber.</summary>
public enum WeightFunction
{
    /// <summary>Their own router scores.</summary>
    OwnScores = 0,

    /// <summary>softmax over the chosen logits alone.</summary>
    SoftmaxOfChosen = 1,

    /// <summary>
    /// SparseMixer (arXiv 2310.00811) in inference: each expert in turn against those not drawn before it, of which all too far below the best are left out.
    /// </summary>
    SparseMixer = 2,
}
