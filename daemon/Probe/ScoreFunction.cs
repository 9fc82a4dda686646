namespace MoeDevtools.Probe;

/// <summary>What makes a router's scores of its logits. The names are those of docs/probe-protocol.md in another case.</summary>
public enum ScoreFunction
{
    /// <summary>Over all experts.</summary>
    Softmax,

    /// <summary>Of each expert by itself.</summary>
    Sigmoid,
}
