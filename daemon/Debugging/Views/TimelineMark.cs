namespace MoeDevtools.Debugging.Views;

/// <summary>What happened at a router. Immutable.</summary>
/// <param name="Kind"><c>stop</c> or <c>anomaly</c>.</param>
/// <param name="Text">What hit, or what was measured; of a stop for no reason of its own, the reason's word.</param>
/// <param name="Times">How many stops of one pixel and router it stands for, or how often the anomaly began.</param>
public sealed record TimelineMark(long Step, string Kind, string Text, int Router, long Times);
