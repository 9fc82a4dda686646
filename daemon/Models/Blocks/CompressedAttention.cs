using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Attention of many heads on one vector a position, which is key and value alike (DeepSeek-V4): a window of positions, and where there is a compressor entries that stand for many
/// positions each, all of them or those that an indexer chooses. What comes out is turned back by the query's position, and projected in groups through a low rank.
/// </summary>
internal sealed record CompressedAttention : IMixer
{
    public required int Heads { get; init; }

    /// <summary>d.</summary>
    public required int HeadSize { get; init; }

    public required Linear QA { get; init; }

    public required RmsNorm QNorm { get; init; }

    /// <summary>query rank → H·d.</summary>
    public required Linear QB { get; init; }

    /// <summary>Of each query head alone.</summary>
    public required RmsNorm HeadNorm { get; init; }

    /// <summary>hidden → d.</summary>
    public required Linear Kv { get; init; }

    public required RmsNorm KvNorm { get; init; }

    /// <summary><c>[1, H]</c>.</summary>
    public required Weight Sinks { get; init; }

    /// <summary>In <see cref="Groups"/> of heads: H·d → G·rank.</summary>
    public required Weight OA { get; init; }

    /// <summary>G.</summary>
    public required int Groups { get; init; }

    /// <summary>G·rank → hidden.</summary>
    public required Linear OB { get; init; }

    /// <summary>On the last components of queries, keys and entries.</summary>
    public required Rope Rope { get; init; }

    /// <summary>Positions that a query sees, its own counted.</summary>
    public required int Window { get; init; }

    /// <summary>Null = the window alone.</summary>
    public Compressor? Compressor { get; init; }

    /// <summary>Null = a query sees every finished entry.</summary>
    public EntryIndexer? Indexer { get; init; }

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"{Heads} heads of {HeadSize} on one key that is the value too";
            yield return $"query rank {QA.Out}";
            yield return $"window {Window}";
            if (Compressor is not null) yield return Compressor.Overlaps ? (FormattableString)$"an entry for {Compressor.Rate} tokens, made of {2 * Compressor.Rate}" : $"an entry for {Compressor.Rate} tokens";
            if (Indexer is not null) yield return Indexer.Words;
            yield return $"sinks";
            yield return $"output rank {OA.Rows / Groups} in groups: {Groups}";
            yield return Rope.Words;
        }
    }

    public bool PositionsTurn => Rope.TurnsWithLength;

    public long StateColumns => (Compressor?.StateColumns ?? 0) + (Indexer?.Keys.StateColumns ?? 0);

    public long FixedState => 2 * Window * HeadSize + (Compressor?.FixedState ?? 0) + (Indexer?.Keys.FixedState ?? 0);

    /// <summary>Of the compressor, of the indexer's, and the window.</summary>
    public MixerState CreateState(ITensorBackend backend, int capacity) => new MixerStates(
    [
        .. Compressor?.CreateStates(backend, capacity) ?? [], .. Indexer?.Keys.CreateStates(backend, capacity) ?? [],
        backend.CreateCache(1, HeadSize, 0, capacity, Window),
    ]);

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var b = pass.Backend;
        var parts = (MixerStates)state;
        var rotary = Rope.For(pass.TotalLength);
        var turned = HeadSize - 2 * rotary.Frequencies.Length;

        using var compressed = QA.Forward(x, pass);          // [T, query rank]
        QNorm.Forward(compressed, pass, compressed);
        using var q = QB.Forward(compressed, pass);          // [T, H·d]
        HeadNorm.Forward(q, pass, q);
        b.Rotate(q, rotary, HeadSize, turned, pass.Start);

        using var kv = Kv.Forward(x, pass);                  // [T, d]
        KvNorm.Forward(kv, pass, kv);
        b.Rotate(kv, rotary, HeadSize, turned, pass.Start);

        // An entry that ends in this pass is seen in this pass.
        var entries = Compressor is null ? null : (KeyValueCache)parts[1];
        Compressor?.Take(x, (Recurrence)parts[0], entries!, rotary, pass);
        Indexer?.Choose(x, compressed, (Recurrence)parts[2], (KeyValueCache)parts[3], rotary, pass);
        b.Append((KeyValueCache)parts[^1], kv, null);

        using var o = pass.Rent(Heads * HeadSize);
        b.Attend(q, (KeyValueCache)parts[^1], Shape, o, entries, Indexer is null ? null : pass.Chosen);
        b.Rotate(o, Rope.BackFor(pass.TotalLength), HeadSize, turned, pass.Start);
        using var low = pass.Rent(OA.Rows);                  // [T, G·rank]
        b.Linear(o, OA, null, low, Groups);
        OB.Forward(low, pass, y);
    }

    private AttentionShape Shape => new(Heads, 1, HeadSize, HeadSize, 1 / MathF.Sqrt(HeadSize)) { Window = Window, Sinks = Sinks };
}
