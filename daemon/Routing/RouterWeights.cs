namespace MoeDevtools.Routing;

/// <summary>The weights of one router on one rank before an optimizer step.</summary>
/// <param name="Router">Index of the router.</param>
/// <param name="Checksum">Equal while the weights are equal bit for bit; null = not known.</param>
/// <param name="HasGradient">Whether a gradient reached them; null = not known.</param>
public readonly record struct RouterWeights(int Router, string? Checksum, bool? HasGradient);
