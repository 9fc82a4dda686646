using MoeDevtools.Messages;

namespace MoeDevtools.Models.Backends;

/// <summary>The tensor backends by name.</summary>
public static class BackendCatalogue
{
    public const string Default = "simd";

    private static readonly (string Name, Func<ITensorBackend> Create)[] Entries =
    [
        (Default, () => new SimdBackend()),
        ("reference", () => new ScalarBackend()),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Entries.Select(entry => entry.Name)];

    /// <summary>A new backend, owned by the caller.</summary>
    public static ITensorBackend Create(string name)
    {
        foreach (var entry in Entries)
            if (entry.Name == name) return entry.Create();
        throw new UserError("MOE2012", $"There is no tensor backend '{name}'.", $"Use one of: {string.Join(", ", Names)}.");
    }
}
