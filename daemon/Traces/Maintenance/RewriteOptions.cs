namespace MoeDevtools.Traces.Maintenance;

/// <summary>How a trace is written anew.</summary>
public sealed record RewriteOptions
{
    /// <summary>Leaves out columns that the routers' rules make from the logits bit for bit, and packs the others.</summary>
    public bool Compact { get; init; }

    /// <summary>Leaves out texts and ids of tokens, prompts, the request, sampler states and what stops say.</summary>
    public bool Redact { get; init; }

    /// <summary>With <see cref="Redact"/>: names and labels of sequences stay.</summary>
    public bool KeepLabels { get; init; }
}
