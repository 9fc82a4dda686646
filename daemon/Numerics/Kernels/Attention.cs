namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Softmax attention of the last <see cref="Tokens"/> of <see cref="Length"/> positions over all of them. Query t is at position Length −
/// Tokens + t and sees the positions up to its own: all of them, the last <see cref="Window"/>, or those of its <see cref="Chunk"/>. With
/// <see cref="SeesAll"/> every query sees every position. After these, or instead of them, it sees far keys: all that are finished at its
/// position, or those that are chosen for it.
/// </summary>
public unsafe struct Attention
{
    /// <summary>q <c>[Tokens, Heads · KeySize]</c>, row-major and dense.</summary>
    public float* Queries;

    /// <summary><c>[KeyValueHeads, Room, KeySize]</c>, of which the first Length positions of each head are read; null = far keys alone.</summary>
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

    /// <summary><c>[KeyValueHeads, FarRoom, KeySize]</c>; null = none. Without a bias.</summary>
    public float* FarKeys;

    /// <summary><c>[KeyValueHeads, FarRoom, ValueSize]</c>.</summary>
    public float* FarValues;

    public int FarRoom;

    /// <summary>Positions that a far key stands for: key w is finished by position (w + 1) · FarRate − 1.</summary>
    public int FarRate;

    /// <summary>The position of query 0 in its sequence, for the far keys.</summary>
    public int Start;

    /// <summary>The far keys of each query, ascending <c>[Tokens, ChosenMost]</c>, of which <see cref="FarCount"/> are there; null = all that are finished.</summary>
    public int* Chosen;

    public int ChosenMost;

    /// <summary>Query heads that read the same key/value head.</summary>
    public readonly int Sharing => Heads / KeyValueHeads;

    public readonly float* KeysOf(int group) => Keys + (nint)group * Room * KeySize;

    public readonly float* ValuesOf(int group) => Values + (nint)group * Room * ValueSize;

    public readonly float* FarKeysOf(int group) => FarKeys + (nint)group * FarRoom * KeySize;

    public readonly float* FarValuesOf(int group) => FarValues + (nint)group * FarRoom * ValueSize;

    /// <summary>Far keys that query <paramref name="token"/> sees.</summary>
    public readonly int FarCount(int token)
    {
        if (FarKeys == null) return 0;
        var finished = (Start + token + 1) / FarRate;
        return Chosen == null ? finished : Math.Min(finished, ChosenMost);
    }

    /// <summary>As many keys as any query sees, or more.</summary>
    public readonly int MostKeys => Length + FarCount(Tokens - 1);

    /// <summary>The rows of the far keys that query <paramref name="token"/> sees; null = the first ones.</summary>
    public readonly int* FarRows(int token) => Chosen == null ? null : Chosen + (nint)token * ChosenMost;

    /// <summary>The last position that query <paramref name="token"/> sees.</summary>
    public readonly int LastKey(int token) => Keys == null ? -1 : SeesAll ? Length - 1 : Position(token);

    /// <summary>The first position that query <paramref name="token"/> sees.</summary>
    public readonly int FirstKey(int token)
    {
        if (SeesAll || Keys == null) return 0;
        var first = Window == 0 ? 0 : Math.Max(0, Position(token) - Window + 1);
        return Chunk == 0 ? first : Math.Max(first, Position(token) / Chunk * Chunk);
    }

    /// <summary>The bias of query <paramref name="token"/> in <paramref name="head"/> on key 0; that on key j is j further.</summary>
    public readonly float* BiasOf(int token, int head) => Bias + (nint)head * (2 * BiasSpan + 1) + BiasSpan - Position(token);

    private readonly int Position(int token) => Length - Tokens + token;
}
