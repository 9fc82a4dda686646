namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Softmax attention of the last <see cref="Tokens"/> of <see cref="Length"/> positions over all of them. Query t is at position Length −
/// Tokens + t and sees the positions up to its own: all of them, the last <see cref="Window"/>, or those of its <see cref="Chunk"/>. With
/// <see cref="SeesAll"/> every query sees every position.
/// </summary>
public unsafe struct Attention
{
    /// <summary>q <c>[Tokens, Heads · KeySize]</c>, row-major and dense.</summary>
    public float* Queries;

    /// <summary><c>[KeyValueHeads, Room, KeySize]</c>, of which the first Length positions of each head are read.</summary>
    public float* Keys;

    /// <summary><c>[KeyValueHeads, Room, ValueSize]</c>, of which the first Length positions of each head are read.</summary>
    public float* Values;

    /// <summary>Positions from one key/value head to the next; at least Length.</summary>
    public int Room;

    /// <summary><c>[Tokens, Heads · ValueSize]</c>.</summary>
    public float* Y;

    public int Tokens;
    public int Length;
    public int Heads;
    public int KeyValueHeads;
    public int KeySize;
    public int ValueSize;
    public float Scale;

    /// <summary>Keys that a query sees, its own counted; 0 = no limit.</summary>
    public int Window;

    /// <summary>Positions are cut into chunks of this size, and a query sees its own; 0 = not.</summary>
    public int Chunk;

    public bool SeesAll;

    /// <summary>One more term of each head's softmax, which takes part in no sum <c>[Heads]</c>; null = none.</summary>
    public float* Sinks;

    /// <summary>Added to the scaled scores by key position − query position <c>[Heads, 2 · BiasSpan + 1]</c>, distance 0 in the middle; null = nothing.</summary>
    public float* Bias;

    public int BiasSpan;

    /// <summary>Query heads that read the same key/value head.</summary>
    public readonly int Sharing => Heads / KeyValueHeads;

    public readonly float* KeysOf(int group) => Keys + (nint)group * Room * KeySize;

    public readonly float* ValuesOf(int group) => Values + (nint)group * Room * ValueSize;

    /// <summary>The last position that query <paramref name="token"/> sees.</summary>
    public readonly int LastKey(int token) => SeesAll ? Length - 1 : Position(token);

    /// <summary>The first position that query <paramref name="token"/> sees.</summary>
    public readonly int FirstKey(int token)
    {
        if (SeesAll) return 0;
        var first = Window == 0 ? 0 : Math.Max(0, Position(token) - Window + 1);
        return Chunk == 0 ? first : Math.Max(first, Position(token) / Chunk * Chunk);
    }

    /// <summary>The bias of query <paramref name="token"/> in <paramref name="head"/> on key 0; that on key j is j further.</summary>
    public readonly float* BiasOf(int token, int head) => Bias + (nint)head * (2 * BiasSpan + 1) + BiasSpan - Position(token);

    private readonly int Position(int token) => Length - Tokens + token;
}
