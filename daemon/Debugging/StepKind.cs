namespace MoeDevtools.Debugging;

/// <summary>What the model is asked to do next.</summary>
public enum StepKind
{
    /// <summary>To the next stop.</summary>
    Continue,
    Over,
    Into,
    Out,

    /// <summary>To the decision that the plan names.</summary>
    To,
}
