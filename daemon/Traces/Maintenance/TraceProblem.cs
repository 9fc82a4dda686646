namespace MoeDevtools.Traces.Maintenance;

/// <summary>Something in a trace that contradicts something else in it.</summary>
/// <param name="Where">The table, and the batch or step where there is one.</param>
/// <param name="What">A sentence without its full stop, in English.</param>
public sealed record TraceProblem(string Where, string What);
