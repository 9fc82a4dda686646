using MoeDevtools.Capture;

namespace MoeDevtools.Debugging;

/// <summary>
/// A recorded decision from which another session can go on as if something had been different there: it equals the original until its first change. Immutable.
/// </summary>
/// <param name="Request">Runs the step of <paramref name="At"/> first, on state that is rebuilt with what was decided before.</param>
/// <param name="At">The decision at which the branch stops.</param>
/// <param name="Interventions">Those that held there.</param>
public sealed record Branch(RunRequest Request, Cursor At, IReadOnlyList<ActiveIntervention> Interventions);
