namespace MoeDevtools.Traces.Formats;

/// <summary>What a person says about a file that the file itself does not. Null = unknown.</summary>
public sealed record ImportOptions
{
    /// <summary>Name of the importer; null = the one that recognises the file.</summary>
    public string? Format { get; init; }

    /// <summary>Names of the axes of an array of expert ids, in order: <c>tokens,layers,k</c>.</summary>
    public string? Layout { get; init; }

    /// <summary>N.</summary>
    public int? Experts { get; init; }

    /// <summary>Routers, where only a flat list of ids is there.</summary>
    public int? Layers { get; init; }

    /// <summary>k, where only loads are there.</summary>
    public int? TopK { get; init; }
}
