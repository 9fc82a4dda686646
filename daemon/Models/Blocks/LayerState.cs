using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>What one layer remembers of one sequence. Whoever made it disposes it.</summary>
/// <param name="attention">Keys and values of the layer's own attention, one a position.</param>
/// <param name="encoded">Keys and values of an encoder's output; null where there is no encoder. The same for the whole sequence.</param>
/// <param name="places">Choices at the layer's router, where its experts have a capacity.</param>
internal sealed class LayerState(KeyValueCache attention, KeyValueCache? encoded, ExpertPlaces? places) : IDisposable
{
    public KeyValueCache Attention => attention;

    public KeyValueCache? Encoded => encoded;

    public ExpertPlaces? Places => places;

    /// <summary>Forgets positions from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        attention.Truncate(length);
        places?.Truncate(length);
    }

    public void Dispose()
    {
        attention.Dispose();
        encoded?.Dispose();
    }
}
