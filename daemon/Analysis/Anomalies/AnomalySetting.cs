namespace MoeDevtools.Analysis.Anomalies;

/// <summary>A number of an anomaly that a user can change by name: <c>router_collapse:window=50</c>.</summary>
/// <param name="Name">As it is written in a filter.</param>
/// <param name="Default">Its value when the filter does not name it.</param>
/// <param name="Least">The smallest value that has a meaning.</param>
/// <param name="Most">The largest value that has a meaning.</param>
/// <param name="Whole">True for a count (steps, tokens): no fraction.</param>
/// <param name="Meaning">What it is, with its unit; a phrase.</param>
public sealed record AnomalySetting(string Name, double Default, double Least, double Most, bool Whole, FormattableString Meaning)
{
    /// <summary>The longest window, in steps: bounds the memory of <see cref="Routing.ExpertLoads"/>.</summary>
    public const int LongestWindow = 10_000;

    private const int MostTokens = 1_000_000_000;

    internal static AnomalySetting Window(int steps) => new("window", steps, 1, LongestWindow, true,
        $"steps that are looked at, the current one included");

    internal static AnomalySetting MinTokens(int tokens) => new("min_tokens", tokens, 1, MostTokens, true,
        $"tokens that the window must hold before it says anything");
}
