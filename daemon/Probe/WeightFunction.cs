namespace MoeDevtools.Probe;

/// <summary>What the weights of the chosen experts are made of.</summary>
public enum WeightFunction
{
    /// <summary>Their own scores.</summary>
    Scores,

    /// <summary>Softmax over the logits of the chosen alone.</summary>
    SoftmaxOfChosen,
}
