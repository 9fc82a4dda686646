namespace MoeDevtools.Debugging.Views;

/// <summary>An expert that is chosen for the same tokens as another. Immutable.</summary>
/// <param name="Count">Tokens that chose both.</param>
/// <param name="Share">Of those that chose the other one.</param>
/// <param name="Lift">1 = chance.</param>
public sealed record Partner(int Router, int Expert, long Count, double Share, double Lift);
