namespace MoeDevtools.Probe;

/// <summary>The daemon is gone, or does not speak with this probe. Never leaves the probe.</summary>
internal sealed class ProbeLostException(string message) : Exception(message);
