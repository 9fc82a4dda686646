namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Causal attention of the last <see cref="Tokens"/> of <see cref="Length"/> positions over all of them. Query t is at position Length −
/// Tokens + t and sees the positions up to its own, the last <see cref="Window"/> of them (0 = all).
/// </summary>
public unsafe struct Attention
{
    /// <summary>q <c>[Tokens, Heads · KeySize]</c>, row-major and dense.</summary>
    public float* Queries;

    /// <summary><c>[Length, KeyValueHeads · KeySize]</c>.</summary>
    public float* Keys;

    /// <summary><c>[Length, KeyValueHeads · ValueSize]</c>.</summary>
    public float* Values;

    /// <summary><c>[Tokens, Heads · ValueSize]</c>.</summary>
    public float* Y;

    public int Tokens;
    public int Length;
    public int Heads;
    public int KeyValueHeads;
    public int KeySize;
    public int ValueSize;
    public float Scale;
    public int Window;

    /// <summary>Query heads that read the same key/value head.</summary>
    public readonly int Sharing => Heads / KeyValueHeads;

    /// <summary>The position of query <paramref name="token"/>: the last that it sees.</summary>
    public readonly int LastKey(int token) => Length - Tokens + token;

    /// <summary>The first position that query <paramref name="token"/> sees.</summary>
    public readonly int FirstKey(int token) => Window == 0 ? 0 : Math.Max(0, LastKey(token) - Window + 1);
}
