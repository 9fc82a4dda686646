using System.Text.Json;

namespace MoeDevtools.Probe;

/// <summary>
/// How a router of the program decides, so that a debugger can decide again under a change: scores of the logits, the k best, their weights. Not given = softmax, and no scores are derived.
/// </summary>
public sealed record RouterRule
{
    public ScoreFunction Scores { get; init; } = ScoreFunction.Softmax;

    public RankedValues Ranks { get; init; } = RankedValues.Scores;

    public WeightFunction Weights { get; init; } = WeightFunction.Scores;

    /// <summary>The weights of a row are divided by their sum.</summary>
    public bool Normalise { get; init; }

    /// <summary>The weights are multiplied by it at last.</summary>
    public float Scale { get; init; } = 1;

    internal void Write(Utf8JsonWriter members)
    {
        members.WriteString("scores", Scores == ScoreFunction.Sigmoid ? "sigmoid" : "softmax");
        members.WriteString("ranks", Ranks == RankedValues.Logits ? "logits" : "scores");
        members.WriteString("weights", Weights == WeightFunction.SoftmaxOfChosen ? "softmax_of_chosen" : "scores");
        members.WriteBoolean("normalise", Normalise);
        if (Scale != 1) members.WriteNumber("scale", Scale);
    }
}
