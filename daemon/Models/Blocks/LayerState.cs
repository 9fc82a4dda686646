using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>What one layer remembers of one sequence. Whoever made it disposes it.</summary>
/// <param name="mixer">The state of the layer's own mixer; null where it has none.</param>
/// <param name="encoded">Keys and values of an encoder's output; null where there is no encoder. The same for the whole sequence.</param>
/// <param name="places">Choices at the layer's router, where its experts have a capacity.</param>
internal sealed class LayerState(MixerState? mixer, KeyValueCache? encoded, ExpertPlaces? places) : IDisposable
{
    public MixerState? Mixer => mixer;

    public KeyValueCache? Encoded => encoded;

    public ExpertPlaces? Places => places;

    /// <summary>Memory that the mixer's state and the encoder's keys and values hold now, in bytes.</summary>
    public long Bytes => (mixer?.Bytes ?? 0) + (encoded?.Bytes ?? 0);

    /// <inheritdoc cref="MixerState.Rewind"/>
    public void Rewind(int length, object? saved)
    {
        mixer?.Rewind(length, saved);
        places?.Truncate(length);
    }

    public void Dispose()
    {
        mixer?.Dispose();
        encoded?.Dispose();
    }
}
