namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>One way to go on.</summary>
/// <param name="Text">What replaces the word at the cursor.</param>
/// <param name="Kind"><c>name</c>, <c>function</c>, <c>vector</c>, <c>phase</c>, <c>router</c> or <c>operator</c>.</param>
/// <param name="Detail">One line: signature, unit, meaning.</param>
public sealed record Completion(string Text, string Kind, string Detail);
