using System.Globalization;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values are made from a shared latent vector; a rotary part of the
/// key is shared by all heads. n, r and v are the sizes of a head's plain part, rotary part and value.
/// </summary>
internal sealed record LatentAttention : IMixer
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

    /// <summary>Null = no positions: the rotary parts are plain ones.</summary>
    public required Rope? Rope { get; init; }

    /// <summary>Chooses the keys that a query sees; null = all before it, or with <see cref="SharesChoice"/> those of the layer before.</summary>
    public Indexer? Indexer { get; init; }

    /// <summary>A query sees the keys that it saw in the layer before.</summary>
    public bool SharesChoice { get; init; }

    /// <summary>On the whole query; null = none.</summary>
    public QueryTemperature? Temperature { get; init; }

    /// <summary>On q·k: (n + r)^−½, times the RoPE scaling's own factor where there is one.</summary>
    public required float Scale { get; init; }

    /// <summary>On the normed latent.</summary>
    public float LatentFactor { get; init; } = 1;

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"MLA {Heads} heads of {PlainSize}+{RotarySize}";
            yield return $"value {ValueSize}";
            yield return $"latent {LatentSize}";
            if (QA is not null) yield return $"query rank {QA.Out}";
            if (LatentFactor != 1) yield return $"latent times {LatentFactor:0.###}";
            if (Temperature is not null) yield return $"queries scaled by position";
            if (Indexer is not null) foreach (var clause in Indexer.Words) yield return clause;
            if (SharesChoice) yield return $"the keys of the layer before";
            yield return Rope?.Words ?? $"no positions";
        }
    }

    public bool PositionsTurn => Rope is { TurnsWithLength: true };

    public long StateColumns => Heads * (PlainSize + RotarySize + ValueSize) + (Indexer?.Size ?? 0);

    public MixerState CreateState(ITensorBackend backend, int capacity)
    {
        var cache = backend.CreateCache(Heads, PlainSize + RotarySize, ValueSize, capacity);
        return Indexer is null ? cache : new MixerStates(backend.CreateCache(1, Indexer.Size, 0, capacity), cache);
    }

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var parts = state as MixerStates;
        var cache = (KeyValueCache)(parts?[1] ?? state);
        var b = pass.Backend;
        var (n, r, v, c) = (PlainSize, RotarySize, ValueSize, LatentSize);
        var rotary = Rope?.For(pass.TotalLength);

        using var compressed = Compressed(x, pass);          // [T, query rank]
        using var q = (QB ?? Q!).Forward(compressed ?? x, pass);   // [T, H·(n + r)]
        Indexer?.Choose(x, compressed!, (KeyValueCache)parts![0], rotary!, pass);
        if (rotary is not null) b.Rotate(q, rotary, n + r, n, pass.Start);
        Temperature?.Apply(q, pass);

        using var kvA = KvA.Forward(x, pass);                // [T, c + r]
        using var latent = pass.Rent(c);
        using var kRope = pass.Rent(r);
        b.CopyHeads(kvA, c + r, 0, latent, c, 0, c, heads: 1);
        b.CopyHeads(kvA, c + r, c, kRope, r, 0, r, heads: 1);
        KvANorm.Forward(latent, pass, latent);
        if (LatentFactor != 1) b.Scale(latent, LatentFactor);
        if (rotary is not null) b.Rotate(kRope, rotary, r, 0, pass.Start);

        using var kvB = KvB.Forward(latent, pass);           // [T, H·(n + v)]
        using var k = pass.Rent(Heads * (n + r));
        using var values = pass.Rent(Heads * v);
        b.CopyHeads(kvB, n + v, 0, k, n + r, 0, n, Heads);
        b.CopyHeads(kRope, r, 0, k, n + r, n, r, Heads);     // the one rotary key, for every head
        b.CopyHeads(kvB, n + v, n, values, v, 0, v, Heads);

        b.Append(cache, k, values);
        using var o = pass.Rent(Heads * v);
        b.Attend(q, cache, new AttentionShape(Heads, Heads, n + r, v, Scale), o, chosen: Indexer is not null || SharesChoice ? pass.Chosen : null);
        O.Forward(o, pass, y);
    }

    private Activation? Compressed(Activation x, ForwardPass pass)
    {
        if (QA is null) return null;
        var a = QA.Forward(x, pass);
        QANorm!.Forward(a, pass, a);
        return a;
    }
}
