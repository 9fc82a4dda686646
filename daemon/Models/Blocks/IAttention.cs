using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>An attention block of one layer.</summary>
internal interface IAttention
{
    /// <summary>What it is, for <c>inspect</c>: a clause for each thing to know.</summary>
    IEnumerable<FormattableString> Words { get; }

    /// <summary>True where the rotation of earlier positions depends on how long the sequence is.</summary>
    bool PositionsTurn { get; }

    /// <summary>Numbers that a position takes in the cache of keys and values.</summary>
    long CacheColumns { get; }

    KeyValueCache CreateCache(ITensorBackend backend, int capacity);

    /// <summary>y = attention(x); x and y are <c>[T, hidden]</c>. Appends T positions to the layer's cache.</summary>
    void Forward(Activation x, KeyValueCache cache, ForwardPass pass, Activation y);
}
