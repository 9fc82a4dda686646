using System.Globalization;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>A router as a file knows it.</summary>
/// <param name="Name">Its own name, or one that is made of its layer.</param>
/// <param name="Experts">N; null = the same as all.</param>
/// <param name="K">k; null = the same as all.</param>
internal sealed record ImportedRouter(RouterId Id, string Name, int? Experts = null, int? K = null)
{
    /// <summary>Layers 0 to <paramref name="count"/> - 1 of one stack.</summary>
    public static IReadOnlyList<ImportedRouter> Layers(int count) => [.. Enumerable.Range(0, count).Select(Layer)];

    public static ImportedRouter Layer(int layer) => new(new RouterId("decoder", layer, 0), string.Create(CultureInfo.InvariantCulture, $"layers.{layer}"));
}
