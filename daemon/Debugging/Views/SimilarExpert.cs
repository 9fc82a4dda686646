namespace MoeDevtools.Debugging.Views;

/// <summary>An expert of the same router. Immutable.</summary>
/// <param name="Cosine">Of its row of the router's weight with the other's.</param>
public sealed record SimilarExpert(int Expert, double Cosine);
