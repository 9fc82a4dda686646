namespace MoeDevtools.Models.Blocks;

/// <summary>What a model remembers of one sequence, layer by layer. Made by <see cref="Decoder.CreateState"/>; the caller disposes it.</summary>
public sealed class SequenceState : IDisposable
{
    private readonly LayerState[] _layers;

    internal SequenceState(LayerState[] layers, int capacity)
    {
        _layers = layers;
        Capacity = capacity;
    }

    /// <summary>The most positions it can hold.</summary>
    public int Capacity { get; }

    /// <summary>Positions computed so far.</summary>
    public int Length { get; internal set; }

    internal LayerState this[int layer] => _layers[layer];

    /// <summary>Forgets positions from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        foreach (var layer in _layers) layer.Truncate(length);
        Length = length;
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
