using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Probe;

/// <summary>An answer or a verdict.</summary>
/// <param name="Json">The answer with its <c>result</c> or <c>error</c>, or the head of the verdict.</param>
/// <param name="Columns">Those of a verdict that changes something; null = there are none.</param>
internal sealed record Reply(JsonElement Json, BinaryMessage? Columns);
