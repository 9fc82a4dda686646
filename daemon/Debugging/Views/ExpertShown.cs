namespace MoeDevtools.Debugging.Views;

/// <summary>An expert of one decision; what is not captured is null. Immutable.</summary>
/// <param name="Weight">w, where it was chosen.</param>
/// <param name="Score">s.</param>
/// <param name="SelectionScore">a.</param>
/// <param name="Logit">z.</param>
/// <param name="Load">Utilization over all that is recorded: 1 = fair share.</param>
public sealed record ExpertShown(int Expert, double? Weight, double? Score, double? SelectionScore, double? Logit, double? Load);
