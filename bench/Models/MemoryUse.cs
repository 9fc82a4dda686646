namespace MoeDevtools.Bench.Models;

/// <summary>Resident bytes of a process that no file backs.</summary>
/// <param name="Started">Before it opens the model: the runtime.</param>
/// <param name="Run">At the last token, with what was needed for the prompt, and the keys and values of all tokens before.</param>
/// <param name="Cache">Keys and values among them, as long as they are float32.</param>
internal sealed record MemoryUse(long Started, long Run, long Cache);
