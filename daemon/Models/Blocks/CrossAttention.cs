using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Attention of a decoder over the encoder's output, whose keys and values are made once a sequence. No positions, no mask.</summary>
internal sealed record CrossAttention(int Heads, Linear Q, Linear K, Linear V, Linear O, float Scale)
{
    public KeyValueCache CreateCache(ITensorBackend backend) => backend.CreateCache(Heads, K.Out / Heads, V.Out / Heads, int.MaxValue);

    /// <summary>Replaces what the cache holds by the keys and values of <paramref name="encoded"/> <c>[positions, hidden]</c>.</summary>
    public void Encode(Activation encoded, KeyValueCache cache, ForwardPass pass)
    {
        cache.Rewind(0, null);
        using var k = K.Forward(encoded, pass);
        using var v = V.Forward(encoded, pass);
        pass.Backend.Append(cache, k, v);
    }

    public void Forward(Activation x, KeyValueCache encoded, ForwardPass pass, Activation y)
    {
        using var q = Q.Forward(x, pass);                    // [T, H·h]
        using var o = pass.Rent(V.Out);
        pass.Backend.Attend(q, encoded, new AttentionShape(Heads, Heads, K.Out / Heads, V.Out / Heads, Scale) { SeesAll = true }, o);
        O.Forward(o, pass, y);
    }
}
