using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>What an import came to. Immutable.</summary>
public sealed record ImportReport
{
    /// <summary>The importer.</summary>
    public required string Format { get; init; }

    /// <summary>What was seen, in phrases.</summary>
    public required IReadOnlyList<string> Found { get; init; }

    /// <summary>What the files do not say and was assumed, in sentences.</summary>
    public required IReadOnlyList<FormattableString> Assumed { get; init; }

    public required IReadOnlyList<ImportedLoads> Routers { get; init; }

    /// <summary>Tokens, missing ones included; null = unknown (loads only).</summary>
    public required long? Tokens { get; init; }

    /// <summary>Tokens without any decision: a cached prefix.</summary>
    public required long MissingTokens { get; init; }

    /// <summary>Steps; null = their order is unknown, and loads are a sum.</summary>
    public required long? Steps { get; init; }

    public required long Sequences { get; init; }

    /// <summary>What the validator found, over all batches.</summary>
    public required BatchProblems Problems { get; init; }

    /// <summary>Why the recording is suspect; empty = it is not.</summary>
    public required IReadOnlyList<FormattableString> Suspicions { get; init; }

    public bool IsSuspect => Suspicions.Count > 0;

    /// <summary><c>ok</c>, or <c>suspect: </c> and why, in English.</summary>
    public string Verdict => IsSuspect ? $"suspect: {Translations.English.List(Suspicions)}" : "ok";
}
