namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A selective state space over the rows of a pass (Mamba, arXiv 2312.00752; Mamba-2, arXiv 2405.21060). Head a of <see cref="HeadSize"/> channels x has a state S
/// <c>[StateSize, HeadSize]</c>, and row by row S ← e^(Δ A) ⊙ S + B (Δ x)ᵀ, then y = Sᵀ C + D x. Δ is one number a head; B and C are those of group a / (Heads/Groups).
/// A pass takes its rows one after the other inside a block of channels: in chunks with a matrix of decays the multiplications would be as many, and a row's value would depend on the
/// cut.
/// </summary>
public unsafe struct StateScan
{
    /// <summary>x <c>[Tokens, Heads · HeadSize]</c>.</summary>
    public float* X;

    /// <summary>Δ <c>[Tokens, Heads]</c>.</summary>
    public float* Steps;

    /// <summary><c>[Tokens, Groups · StateSize]</c>.</summary>
    public float* B;

    /// <summary><c>[Tokens, Groups · StateSize]</c>.</summary>
    public float* C;

    /// <summary>A, below 0: <c>[Heads]</c>, or <c>[StateSize, Heads]</c> with <see cref="RatePerNumber"/>.</summary>
    public float* Rates;

    /// <summary>D <c>[Heads]</c>.</summary>
    public float* Skip;

    /// <summary>S <c>[Heads, StateSize, HeadSize]</c>, or <c>[StateSize, Heads]</c> with <see cref="RatePerNumber"/>; changed.</summary>
    public float* State;

    /// <summary><c>[Tokens, Heads · HeadSize]</c>.</summary>
    public float* Y;

    public int Tokens;
    public int Heads;
    public int HeadSize;
    public int Groups;
    public int StateSize;

    /// <summary>Each number of the state has its own A; a head is one channel then, and there is one group (Mamba-1).</summary>
    public bool RatePerNumber;

    public readonly int Channels => Heads * HeadSize;

    /// <summary>B or C of a row, for a head.</summary>
    public readonly nint GroupOf(int token, int head) => ((nint)token * Groups + head / (Heads / Groups)) * StateSize;
}
