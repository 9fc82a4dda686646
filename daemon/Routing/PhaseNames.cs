namespace MoeDevtools.Routing;

/// <summary>The word of a phase, the same in conditions, JSON and the terminal.</summary>
public static class PhaseNames
{
    public static string Word(this Phase phase) => phase switch
    {
        Phase.Prefill => "prefill",
        Phase.Decode => "decode",
        Phase.Train => "train",
        Phase.Eval => "eval",
        _ => "recompute",
    };
}
