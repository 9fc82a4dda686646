namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Attention whose memory is a matrix S <c>[KeySize, ValueSize]</c> a head, token by token (gated delta rule, arXiv 2412.06464):
/// S ← diag(decay) S; u = β (v − Sᵀ k), or v where there is no β; S ← S + k uᵀ; y = Sᵀ q. Head a reads query and key of key head a / (Heads / KeyHeads).
/// </summary>
public unsafe struct LinearAttention
{
    /// <summary><c>[Tokens, KeyHeads · KeySize]</c>.</summary>
    public float* Queries;

    /// <summary><c>[Tokens, KeyHeads · KeySize]</c>.</summary>
    public float* Keys;

    /// <summary><c>[Tokens, Heads · ValueSize]</c>.</summary>
    public float* Values;

    /// <summary>
    /// Factors: a number a head <c>[Tokens, Heads]</c>; or, with <see cref="DecaysChannels"/>, one a key channel <c>[Tokens, Heads · KeySize]</c>. With <see cref="DecayIsFixed"/> one row
    /// is for all tokens.
    /// </summary>
    public float* Decays;

    public bool DecaysChannels;
    public bool DecayIsFixed;

    /// <summary><c>[Tokens, Heads]</c>; null = nothing is subtracted.</summary>
    public float* Betas;

    /// <summary>S of every head, <c>Heads · KeySize · ValueSize</c> numbers in an order that is the kernel's own.</summary>
    public float* State;

    /// <summary><c>[Tokens, Heads · ValueSize]</c>.</summary>
    public float* Y;

    public int Tokens;
    public int Heads;
    public int KeyHeads;
    public int KeySize;
    public int ValueSize;

    public readonly float* QueryOf(int token, int head) => Queries + ((nint)token * KeyHeads + head / (Heads / KeyHeads)) * KeySize;

    public readonly float* KeyOf(int token, int head) => Keys + ((nint)token * KeyHeads + head / (Heads / KeyHeads)) * KeySize;

    public readonly float* ValueOf(int token, int head) => Values + ((nint)token * Heads + head) * ValueSize;

    public readonly float* OutputOf(int token, int head) => Y + ((nint)token * Heads + head) * ValueSize;

    /// <summary>The first of a head's factors, of which there are 1 or <see cref="KeySize"/>.</summary>
    public readonly float* DecayOf(int token, int head) => Decays + ((DecayIsFixed ? 0 : (nint)token * Heads) + head) * (DecaysChannels ? KeySize : 1);

    /// <summary>1 without a β.</summary>
    public readonly float BetaOf(int token, int head) => Betas == null ? 1 : Betas[(nint)token * Heads + head];
}
