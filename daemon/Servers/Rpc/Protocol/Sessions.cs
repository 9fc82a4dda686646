namespace MoeDevtools.Servers.Rpc.Protocol;

/// <param name="Kind"><c>checkpoint</c>, <c>training</c>, <c>replay</c> or <c>recording</c>.</param>
/// <param name="Source">Folder or file.</param>
/// <param name="Name">The last part of the source.</param>
/// <param name="State"><c>idle</c>, <c>running</c> or <c>stopped</c>.</param>
/// <param name="Step">The last step that came to a router; 0 = none yet.</param>
/// <param name="Revision">Grows with every change of what views show.</param>
internal sealed record SessionInfo(string Id, string Kind, string Source, string Name, string State, long Step, long Decisions, int Interventions, long Revision)
{
    public double? TokensPerSecond { get; init; }

    /// <summary>File of the recording; null = nothing is recorded.</summary>
    public string? Recording { get; init; }

    /// <summary>File of the model listing; null = there is none.</summary>
    public string? Listing { get; init; }

    public StopInfo? Stop { get; init; }
}

internal sealed record SessionsChanged(IReadOnlyList<SessionInfo> Sessions);

/// <summary>Counts as the session does: step from 1, the rest from 0.</summary>
/// <param name="Router">Index in forward order.</param>
/// <param name="Reason"><c>entry</c>, <c>breakpoint</c>, <c>anomaly</c>, <c>step</c>, <c>pause</c> or <c>end</c>.</param>
/// <param name="IsPast">Recorded: it can be looked at and not be changed.</param>
/// <param name="Experts">Those of the row, by weight.</param>
internal sealed record StopInfo(long Step, int Pass, int Router, string RouterName, int Row, int? Position, string Reason, bool IsPast, IReadOnlyList<int> Experts)
{
    /// <summary>Text of the token.</summary>
    public string? Text { get; init; }

    /// <summary>What hit or was found, with the values that made it.</summary>
    public string? Why { get; init; }
}

/// <param name="Masks">Which experts it takes out of the selection, by router.</param>
internal sealed record InterventionInfo(int Id, string Text, bool Once, IReadOnlyList<MaskedExperts> Masks);

/// <param name="Router">Index in forward order.</param>
internal sealed record MaskedExperts(int Router, IReadOnlyList<int> Experts);

internal sealed record ModelResult(IReadOnlyList<RouterDescription> Routers)
{
    public string? Listing { get; init; }
}

/// <param name="Rule">In words.</param>
internal sealed record RouterDescription(int Index, string Name, IReadOnlyList<string> Aliases, string Stack, int Layer, int Ordinal, int Experts, int K, string Rule)
{
    /// <summary>Line of the listing, from 1.</summary>
    public int? Line { get; init; }

    /// <summary>Tokens of a sequence that an expert takes.</summary>
    public int? Capacity { get; init; }

    /// <summary>The last so many of its experts are zero experts (identities); absent where there are none.</summary>
    public int? IdentityExperts { get; init; }

    /// <summary>True where experts are looked up by token id, and nothing is ranked; absent elsewhere.</summary>
    public bool? ByToken { get; init; }
}

internal sealed record SourceLine(string Session, int Line, IReadOnlyList<int> Routers, IReadOnlyList<string> Names);
