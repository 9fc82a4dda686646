namespace MoeDevtools.Debugging;

/// <summary>A decision at which a branch begins. With the request of the run it says all of the branch, to another process too. Immutable.</summary>
/// <param name="Trace">The recording of the run, which may still be written.</param>
/// <param name="At">A decision that is recorded, or at which the run stands or stood.</param>
/// <param name="Of">Where the recorded run began itself; null = at the start.</param>
public sealed record BranchPlace(string Trace, Cursor At, BranchPlace? Of);
