using MoeDevtools.Routing;

namespace MoeDevtools.Capture.Training;

/// <summary>A router of a training program.</summary>
/// <param name="ScoresAreKnown">The rule's score function was seen, so that scores may be derived from logits.</param>
internal sealed record ProbedRouter(RouterInfo Info, bool ScoresAreKnown);
