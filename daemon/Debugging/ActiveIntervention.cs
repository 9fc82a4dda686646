using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Debugging;

/// <summary>An intervention of a session: what, where, and for how long. Immutable.</summary>
/// <param name="Id">From 1, never used twice in a session.</param>
/// <param name="Changes">Routers, positions and changes.</param>
/// <param name="From">From this decision on; null = from the start.</param>
/// <param name="Once">Only for the decision at <paramref name="From"/>.</param>
public sealed record ActiveIntervention(int Id, InterventionSet Changes, Cursor? From, bool Once)
{
    /// <summary>As it was written, and for how long.</summary>
    public FormattableString Words => Once ? (FormattableString)$"{Changes} (this decision only)" : $"{Changes}";

    public override string ToString() => FormattableString.Invariant(Words);
}
