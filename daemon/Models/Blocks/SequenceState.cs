namespace MoeDevtools.Models.Blocks;

/// <summary>
/// What a model remembers of one sequence, layer by layer. Made by <see cref="Decoder.CreateState"/>; the caller disposes it. Keys and values are forgotten position by position;
/// of states that each position overwrites, at most <see cref="Snapshots"/> copies are kept, further and further apart as the sequence grows.
/// </summary>
public sealed class SequenceState : IDisposable
{
    /// <summary>The most copies of the states that do not grow.</summary>
    public const int Snapshots = 4;

    private const int FirstSpacing = 64;

    private readonly LayerState[] _layers;
    private readonly List<(int Length, object?[] Layers)> _saved = [];
    private readonly bool _overwrites;
    private int _spacing = FirstSpacing;

    internal SequenceState(LayerState[] layers, int capacity)
    {
        _layers = layers;
        Capacity = capacity;
        _overwrites = Array.Exists(layers, layer => layer.Mixer is { Overwrites: true });
    }

    /// <summary>The most positions it can hold.</summary>
    public int Capacity { get; }

    /// <summary>Positions computed so far.</summary>
    public int Length { get; private set; }

    /// <summary>Memory that each layer's state holds now, in bytes; copies to go back to are not counted.</summary>
    public IEnumerable<long> LayerBytes => _layers.Select(layer => layer.Bytes);

    private int LastSaved => _saved.Count == 0 ? 0 : _saved[^1].Length;

    internal LayerState this[int layer] => _layers[layer];

    /// <summary>Counts the positions of a pass that every layer has taken in.</summary>
    internal void Advance(int positions)
    {
        Length += positions;
        if (!_overwrites || Length < LastSaved + _spacing) return;
        if (_saved.Count == Snapshots)
        {
            // Every other one goes, and those to come are twice as far apart.
            for (var i = Snapshots - 2; i >= 0; i -= 2) _saved.RemoveAt(i);
            _spacing *= 2;
            if (Length < LastSaved + _spacing) return;
        }
        _saved.Add((Length, Array.ConvertAll(_layers, layer => layer.Mixer?.Save())));
    }

    /// <summary>
    /// Goes back to <paramref name="length"/>, also after a pass that did not end; or, where only a copy leads back, to the last one before. Returns the length that it has now: the
    /// positions from there on are to be run again.
    /// </summary>
    public int Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        if (length == Length && Array.TrueForAll(_layers, layer => layer.Mixer is null || layer.Mixer.Length == length)) return length;
        _saved.RemoveAll(copy => copy.Length > length);
        if (_overwrites) length = LastSaved;
        for (var i = 0; i < _layers.Length; i++) _layers[i].Rewind(length, _saved.Count == 0 ? null : _saved[^1].Layers[i]);
        return Length = length;
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
