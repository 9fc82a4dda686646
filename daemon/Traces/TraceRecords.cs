using MoeDevtools.Routing;

namespace MoeDevtools.Traces;

/// <summary>A sequence (prompt, document) of a run.</summary>
/// <param name="Index">As rows name it, from 0.</param>
/// <param name="Id">The user's id; null = none.</param>
/// <param name="Label">The user's label; null = none.</param>
/// <param name="Ids">Token ids that were given; empty = unknown.</param>
public sealed record TraceSequence(int Index, string? Id, string? Label, IReadOnlyList<int> Ids);

/// <summary>A token that was generated.</summary>
/// <param name="Step">The step whose pass gave its logits.</param>
/// <param name="Text">What the text grew by; null = unknown or incomplete.</param>
/// <param name="Sampler">State of the sampler before the draw, as its owner writes it; null = unknown.</param>
public sealed record TraceToken(int Sequence, long Step, int Position, int Id, string? Text, double LogProbability, string? Sampler);

/// <summary>A stop of the session.</summary>
/// <param name="Reason">The word of the reason: <c>breakpoint</c>, <c>step</c>, <c>anomaly</c> ...</param>
/// <param name="Text">What hit, with the values that made it; null = nothing.</param>
public sealed record TraceStop(BatchKey Batch, int Row, string Reason, string? Text);

/// <summary>An intervention as it was made, or taken back.</summary>
/// <param name="Id">Of the session, from 1.</param>
/// <param name="From">From this decision on (batch and row); null = from the start.</param>
/// <param name="Once">Only for the decision at <paramref name="From"/>.</param>
/// <param name="Removed">The decision from which on it no longer held; null = it was never taken back.</param>
public sealed record TraceIntervention(int Id, string Text, (BatchKey Batch, int Row)? From, bool Once, (BatchKey Batch, int Row)? Removed);

/// <summary>An anomaly that a filter found.</summary>
/// <param name="Id">Of the filter: <c>nan_logits</c>.</param>
/// <param name="Row">Null = none in particular.</param>
public sealed record TraceAnomaly(BatchKey Batch, int? Row, string Id, string Severity, string Message);

/// <summary>What is missing.</summary>
/// <param name="FirstStep">First and last step that lost something.</param>
/// <param name="Rows">Decisions that are missing.</param>
/// <param name="Reason"><c>size</c>, <c>age</c>, <c>queue</c> (no room while it ran), <c>duplicate</c> (a second batch of one router, pass and rank), <c>cached</c> (an import: the prefix was cached, so nothing was routed) or <c>redacted</c>.</param>
public sealed record TraceDrop(long FirstStep, long LastStep, long Rows, string Reason);

/// <summary>Expert loads of one router in one step.</summary>
/// <param name="Tokens">-1 = unknown (an import of counts without k).</param>
/// <param name="Counts">c_e <c>[experts]</c>.</param>
public sealed record TraceLoads(long Step, int Router, long Tokens, long EmptySlots, IReadOnlyList<int> Counts);

/// <summary>The checksum of a router's weights after a step.</summary>
public sealed record TraceChecksum(long Step, int Router, string Value);

/// <summary>What a trace holds.</summary>
/// <param name="FirstStep">0 where there is none.</param>
/// <param name="Decisions">Rows times routers, padding included.</param>
/// <param name="Columns">Columns that some batch has.</param>
public sealed record TraceExtent(long FirstStep, long LastStep, long Steps, long Batches, long Decisions, RoutingColumns Columns);
