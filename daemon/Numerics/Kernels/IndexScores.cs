namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// What an indexer thinks of the keys that a query may see: Σ_a w[a] · max(0, q[a] · key) over its heads (DeepSeek-V3.2). A positive factor is left out: the
/// scores only rank. Key j is finished by position (j + 1) · <see cref="Rate"/> − 1.
/// </summary>
public unsafe struct IndexScores
{
    /// <summary>Keys of one item.</summary>
    internal const int Block = 512;

    /// <summary><c>[Tokens, Heads · Size]</c>.</summary>
    public float* Queries;

    /// <summary><c>[Tokens, Heads]</c>.</summary>
    public float* Weights;

    /// <summary><c>[.., Size]</c>.</summary>
    public float* Keys;

    /// <summary><c>[Tokens, Stride]</c>, of which <see cref="Finished"/> are written in each row.</summary>
    public float* Scores;

    public nint Stride;
    public int Tokens;
    public int Heads;
    public int Size;
    public int Rate;

    /// <summary>The position of query 0.</summary>
    public int Start;

    /// <summary>Keys that query <paramref name="token"/> may see.</summary>
    public readonly int Finished(int token) => (Start + token + 1) / Rate;

    public readonly int Items => Tokens * BlocksOfToken;

    internal readonly int BlocksOfToken => (Finished(Tokens - 1) + Block - 1) / Block;
}
