using System.Globalization;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Grouped-query attention with what the families vary: biases, QK norm over the whole projection or per head (a norm as long as its weight says),
/// clipping, a sliding window, RoPE. Query head a reads key/value head a / (H/G).
/// </summary>
internal sealed class GroupedQueryAttention : IAttention
{
    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required Linear Q { get; init; }

    public required Linear K { get; init; }

    public required Linear V { get; init; }

    public required Linear O { get; init; }

    public required Rope Rope { get; init; }

    /// <summary>Before RoPE; null = none.</summary>
    public RmsNorm? QNorm { get; init; }

    public RmsNorm? KNorm { get; init; }

    /// <summary>q, k and v are clamped to ± this, after the QK norm; null = not.</summary>
    public float? Clip { get; init; }

    /// <summary>Keys a query sees, its own position counted; 0 = all before it.</summary>
    public int Window { get; init; }

    public string Description => string.Create(CultureInfo.InvariantCulture, $"GQA {Heads}/{KeyValueHeads} heads of {HeadSize}")
        + (QNorm is null ? "" : QNorm.W.Columns == HeadSize ? ", QK norm per head" : ", QK norm over all heads")
        + (Clip is null ? "" : string.Create(CultureInfo.InvariantCulture, $", clipped at {Clip}"))
        + (Window == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", window {Window}"))
        + ", " + Rope.Description;

    public bool PositionsTurn => Rope.TurnsWithLength;

    public long CacheColumns => K.Out + V.Out;

    public KeyValueCache CreateCache(ITensorBackend backend, int capacity) => backend.CreateCache(K.Out, V.Out, capacity);

    public void Forward(Activation x, KeyValueCache cache, ForwardPass pass, Activation y)
    {
        var b = pass.Backend;
        using var q = Q.Forward(x, pass);                    // [T, H·h]
        using var k = K.Forward(x, pass);                    // [T, G·h]
        using var v = V.Forward(x, pass);                    // [T, G·h]
        QNorm?.Forward(q, pass, q);
        KNorm?.Forward(k, pass, k);
        if (Clip is { } limit)
        {
            b.Clamp(q, limit);
            b.Clamp(k, limit);
            b.Clamp(v, limit);
        }
        var rotary = Rope.For(pass.TotalLength);
        b.Rotate(q, rotary, HeadSize, 0, pass.Start);
        b.Rotate(k, rotary, HeadSize, 0, pass.Start);
        b.Append(cache, k, v);
        using var o = pass.Rent(Q.Out);                      // [T, H·h]
        b.Attend(q, cache, new AttentionShape(Heads, KeyValueHeads, HeadSize, HeadSize, 1 / MathF.Sqrt(HeadSize), Window), o);
        O.Forward(o, pass, y);
    }
}
