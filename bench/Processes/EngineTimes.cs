namespace MoeDevtools.Bench.Processes;

/// <summary>What a run took a peer.</summary>
/// <param name="Prefill">Milliseconds from the prompt to the first token.</param>
/// <param name="Token">Milliseconds for each token after it; 0 when there was none.</param>
/// <param name="First">Id of the first token.</param>
internal sealed record EngineTimes(double Prefill, double Token, int First);
