namespace MoeDevtools.Analysis.Policies;

/// <summary>A number that a policy takes: <c>p</c> of <c>top_p p=0.8</c>.</summary>
/// <param name="Default">Null = it must be given.</param>
/// <param name="Whole">True for a number of experts: no fraction.</param>
/// <param name="Meaning">What it is; a phrase.</param>
public sealed record PolicyParameter(string Name, double? Default, double Least, double Most, bool Whole, FormattableString Meaning)
{
    internal const int MostExperts = 1_000_000;

    /// <summary>A number of experts, at least one; a router that has fewer gives all of its own.</summary>
    internal static PolicyParameter Experts(string name, double? standard, FormattableString meaning) => new(name, standard, 1, MostExperts, true, meaning);
}
