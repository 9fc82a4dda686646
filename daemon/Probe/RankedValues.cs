namespace MoeDevtools.Probe;

/// <summary>What the k best are taken of.</summary>
public enum RankedValues
{
    Scores,
    Logits,
}
