using System.Globalization;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values are made from a shared latent vector; a rotary part of the
/// key is shared by all heads. n, r and v are the sizes of a head's plain part, rotary part and value.
/// </summary>
internal sealed class LatentAttention : IMixer
{
    public required int Heads { get; init; }

    /// <summary>n.</summary>
    public required int PlainSize { get; init; }

    /// <summary>r.</summary>
    public required int RotarySize { get; init; }

    /// <summary>v.</summary>
    public required int ValueSize { get; init; }

    /// <summary>c, the size of the latent.</summary>
    public required int LatentSize { get; init; }

    /// <summary>Query through a low rank; all three null where <see cref="Q"/> is used.</summary>
    public Linear? QA { get; init; }

    public RmsNorm? QANorm { get; init; }

    public Linear? QB { get; init; }

    public Linear? Q { get; init; }

    /// <summary>hidden → latent and shared rotary key <c>[c + r]</c>.</summary>
    public required Linear KvA { get; init; }

    public required RmsNorm KvANorm { get; init; }

    /// <summary>latent → per head n key and v value components <c>[H·(n + v)]</c>.</summary>
    public required Linear KvB { get; init; }

    public required Linear O { get; init; }

    public required Rope Rope { get; init; }

    /// <summary>On the whole query; null = none.</summary>
    public QueryTemperature? Temperature { get; init; }

    /// <summary>On q·k: (n + r)^−½, times the RoPE scaling's own factor where there is one.</summary>
    public required float Scale { get; init; }

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"MLA {Heads} heads of {PlainSize}+{RotarySize}";
            yield return $"value {ValueSize}";
            yield return $"latent {LatentSize}";
            if (QA is not null) yield return $"query rank {QA.Out}";
            if (Temperature is not null) yield return $"queries scaled by position";
            yield return Rope.Words;
        }
    }

    public bool PositionsTurn => Rope.TurnsWithLength;

    public long StateColumns => Heads * (PlainSize + RotarySize + ValueSize);

    public MixerState CreateState(ITensorBackend backend, int capacity) =>
        backend.CreateCache(Heads, PlainSize + RotarySize, ValueSize, capacity);

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var cache = (KeyValueCache)state;
        var b = pass.Backend;
        var (n, r, v, c) = (PlainSize, RotarySize, ValueSize, LatentSize);
        var rotary = Rope.For(pass.TotalLength);

        using var q = Queries(x, pass);                      // [T, H·(n + r)]
        b.Rotate(q, rotary, n + r, n, pass.Start);
        Temperature?.Apply(q, pass);

        using var kvA = KvA.Forward(x, pass);                // [T, c + r]
        using var latent = pass.Rent(c);
        using var kRope = pass.Rent(r);
        b.CopyHeads(kvA, c + r, 0, latent, c, 0, c, heads: 1);
        b.CopyHeads(kvA, c + r, c, kRope, r, 0, r, heads: 1);
        KvANorm.Forward(latent, pass, latent);
        b.Rotate(kRope, rotary, r, 0, pass.Start);

        using var kvB = KvB.Forward(latent, pass);           // [T, H·(n + v)]
        using var k = pass.Rent(Heads * (n + r));
        using var values = pass.Rent(Heads * v);
        b.CopyHeads(kvB, n + v, 0, k, n + r, 0, n, Heads);
        b.CopyHeads(kRope, r, 0, k, n + r, n, r, Heads);     // the one rotary key, for every head
        b.CopyHeads(kvB, n + v, n, values, v, 0, v, Heads);

        b.Append(cache, k, values);
        using var o = pass.Rent(Heads * v);
        b.Attend(q, cache, new AttentionShape(Heads, Heads, n + r, v, Scale), o);
        O.Forward(o, pass, y);
    }

    private Activation Queries(Activation x, ForwardPass pass)
    {
        if (QA is null) return Q!.Forward(x, pass);
        using var a = QA.Forward(x, pass);
        QANorm!.Forward(a, pass, a);
        return QB!.Forward(a, pass);
    }
}
