namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary>One line of <c>doctor</c>.</summary>
/// <param name="Name">Stable, for scripts: <c>memory</c>.</param>
/// <param name="Facts">What was found.</param>
/// <param name="Advice">What to do; null where there is nothing to do.</param>
internal sealed record Check(string Name, Severity Severity, string Facts, string? Advice = null);
