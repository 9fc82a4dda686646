using System.Globalization;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Grouped-query attention with what the families vary: biases, norms of q and k, clipping, positions, windows and chunks, sinks, an output gate.
/// Query head a reads key/value head a / (H/G).
/// </summary>
internal sealed record GroupedQueryAttention : IMixer
{
    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    /// <summary>h: of queries and keys.</summary>
    public required int HeadSize { get; init; }

    public required Linear Q { get; init; }

    /// <summary>Q has, head by head, h queries and h gates: the output counts σ(gate).</summary>
    public bool QueriesBringGates { get; init; }

    public required Linear K { get; init; }

    public required Linear V { get; init; }

    public required Linear O { get; init; }

    /// <summary>Null = none.</summary>
    public Rope? Rope { get; init; }

    /// <summary>Over all heads together or each alone, by its size; null = none.</summary>
    public INorm? QNorm { get; init; }

    public INorm? KNorm { get; init; }

    /// <summary>The norms come after RoPE instead of before.</summary>
    public bool NormsAfterRope { get; init; }

    /// <summary>q, k and v are clamped to ± this, after norms that come before RoPE; null = not.</summary>
    public float? Clip { get; init; }

    /// <summary>On the values.</summary>
    public float ValueFactor { get; init; } = 1;

    /// <summary>On the queries; null = none.</summary>
    public QueryTemperature? Temperature { get; init; }

    /// <summary>On q·k; null = h^−½.</summary>
    public float? Scale { get; init; }

    /// <summary>Keys a query sees, its own position counted; 0 = all before it.</summary>
    public int Window { get; init; }

    /// <summary>Positions are cut into chunks of this size, and a query sees its own; 0 = not.</summary>
    public int Chunk { get; init; }

    /// <summary>An encoder's: not causal.</summary>
    public bool SeesAll { get; init; }

    /// <summary><c>[1, H]</c>; null = none.</summary>
    public Weight? Sinks { get; init; }

    /// <summary>Learned scores by distance; null = none.</summary>
    public RelativePositions? Positions { get; init; }

    /// <summary>Null = none.</summary>
    public OutputGate? Gate { get; init; }

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"GQA {Heads}/{KeyValueHeads} heads of {HeadSize}";
            if (ValueSize != HeadSize) yield return $"value {ValueSize}";
            if (QNorm is not null)
            {
                FormattableString norm = QNorm.Size == HeadSize ? (FormattableString)$"QK norm per head" : $"QK norm over all heads";
                yield return NormsAfterRope ? $"{norm} after RoPE" : norm;
            }
            if (Clip is not null) yield return $"clipped at {Clip}";
            if (Window != 0) yield return $"window {Window}";
            if (Chunk != 0) yield return $"chunks of {Chunk}";
            if (Sinks is not null) yield return $"sinks";
            if (Gate is not null) yield return Gate.Projection.Out == Heads ? (FormattableString)$"gated per head" : $"gated";
            if (QueriesBringGates) yield return $"gated";
            if (Temperature is not null) yield return $"queries scaled by position";
            if (SeesAll) yield return $"both ways";
            yield return Rope is not null ? Rope.Words : Positions is not null ? (FormattableString)$"relative positions" : $"no positions";
        }
    }

    public bool PositionsTurn => Rope is { TurnsWithLength: true };

    public long StateColumns => K.Out + V.Out;

    private int ValueSize => V.Out / KeyValueHeads;

    public MixerState CreateState(ITensorBackend backend, int capacity) => backend.CreateCache(KeyValueHeads, HeadSize, ValueSize, capacity);

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var cache = (KeyValueCache)state;
        var b = pass.Backend;
        var (queries, gates) = Queries(x, pass);
        using var q = queries;                               // [T, H·h]
        using var gate = gates;                              // [T, H·h]
        using var k = K.Forward(x, pass);                    // [T, G·h]
        using var v = V.Forward(x, pass);                    // [T, G·v]
        if (!NormsAfterRope) Norm(q, k, pass);
        if (Clip is { } limit)
        {
            b.Clamp(q, limit);
            b.Clamp(k, limit);
            b.Clamp(v, limit);
        }
        if (Rope?.For(pass.TotalLength) is { } rotary)
        {
            b.Rotate(q, rotary, HeadSize, 0, pass.Start);
            b.Rotate(k, rotary, HeadSize, 0, pass.Start);
        }
        if (NormsAfterRope) Norm(q, k, pass);
        if (ValueFactor != 1) b.Scale(v, ValueFactor);
        Temperature?.Apply(q, pass);
        b.Append(cache, k, v);
        using var o = pass.Rent(Heads * ValueSize);          // [T, H·v]
        b.Attend(q, cache, Shape, o);
        Gate?.Apply(x, o, pass);
        if (gate is not null) b.Gate(gate, ActivationFunction.Sigmoid, o);
        O.Forward(o, pass, y);
    }

    private (Activation Q, Activation? Gate) Queries(Activation x, ForwardPass pass)
    {
        var q = Q.Forward(x, pass);
        if (!QueriesBringGates) return (q, null);
        using var both = q;
        return (pass.Part(both, 0, HeadSize, Heads), pass.Part(both, HeadSize, HeadSize, Heads));
    }

    private AttentionShape Shape => new(Heads, KeyValueHeads, HeadSize, ValueSize, Scale ?? 1 / MathF.Sqrt(HeadSize))
    {
        Window = Window, Chunk = Chunk, SeesAll = SeesAll, Sinks = Sinks, Positions = Positions,
    };

    private void Norm(Activation q, Activation k, ForwardPass pass)
    {
        QNorm?.Forward(q, pass, q);
        KNorm?.Forward(k, pass, k);
    }
}
