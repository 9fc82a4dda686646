namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary>One line of <c>doctor</c>.</summary>
/// <param name="Name">In English stable, for scripts: <c>memory</c>. Translations have at most 12 columns.</param>
/// <param name="Facts">What was found.</param>
/// <param name="Advice">What to do; null where there is nothing to do.</param>
internal sealed record Check(FormattableString Name, Severity Severity, FormattableString Facts, FormattableString? Advice = null);
