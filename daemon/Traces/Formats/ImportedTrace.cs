namespace MoeDevtools.Traces.Formats;

/// <summary>What an importer makes of its files: what it saw, and either decisions or loads, which can be read again and again.</summary>
internal sealed class ImportedTrace
{
    /// <summary>What was seen, in phrases: <c>int16 [40, 4, 4]</c>.</summary>
    public List<string> Found { get; } = [];

    /// <summary>What the files do not say and was assumed, in sentences.</summary>
    public List<FormattableString> Assumed { get; } = [];

    /// <summary>The routers as the files number or name them, in forward order.</summary>
    public required IReadOnlyList<ImportedRouter> Routers { get; init; }

    /// <summary>Slots of a row; 0 for loads.</summary>
    public int Slots { get; init; }

    /// <summary>N; null = the files do not say.</summary>
    public int? Experts { get; init; }

    /// <summary>Decisions, pass by pass; null = there are only loads.</summary>
    public Func<IEnumerable<ImportedPass>>? Passes { get; init; }

    /// <summary>Loads, by step and router; null = there are decisions.</summary>
    public Func<IEnumerable<TraceLoads>>? Loads { get; init; }

    /// <summary>The loads are one sum over steps whose order is unknown.</summary>
    public bool IsSum { get; init; }

    /// <summary>The model's name in the file; null = unknown.</summary>
    public string? ModelType { get; init; }
}
