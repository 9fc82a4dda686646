namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A causal convolution of each channel alone: y_t,c = bias_c + Σ_n w[c, n] · x_{t−(K−1)+n, c}, so that the last tap meets the current token. What lies before the first token is
/// in <see cref="Tail"/>. Run over all channels, in any parts and order.
/// </summary>
public unsafe struct Convolution
{
    /// <summary><c>[Tokens, Channels]</c>.</summary>
    public float* X;

    /// <summary><c>[Channels, K]</c>, its rows dense and one after another.</summary>
    public WeightMatrix Weights;

    /// <summary><c>[Channels]</c>; null = none.</summary>
    public float* Bias;

    /// <summary>The K − 1 inputs before the first token <c>[K − 1, Channels]</c>; afterwards those before the next.</summary>
    public float* Tail;

    /// <summary><c>[Tokens, Channels]</c>; not x.</summary>
    public float* Y;

    public int Tokens;
    public int Channels;

    /// <summary>K.</summary>
    public readonly int Taps => Weights.Columns;

    /// <summary>The input of <paramref name="token"/>, which is negative before the first.</summary>
    public readonly float* Input(int token) => token < 0 ? Tail + (nint)(Taps - 1 + token) * Channels : X + (nint)token * Channels;

    /// <summary>Moves the tail of some channels past the tokens.</summary>
    public readonly void MoveTail(int first, int count)
    {
        for (var n = 0; n < Taps - 1; n++)
            new ReadOnlySpan<float>(Input(Tokens - (Taps - 1) + n) + first, count).CopyTo(new Span<float>(Tail + (nint)n * Channels + first, count));
    }
}
