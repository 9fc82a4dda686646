namespace MoeDevtools.Debugging.Views;

/// <summary>Steps that a view looks at, both ends included.</summary>
/// <param name="From">Null = from the first that is recorded.</param>
/// <param name="To">Null = to the last that is recorded.</param>
public readonly record struct StepRange(long? From, long? To);
