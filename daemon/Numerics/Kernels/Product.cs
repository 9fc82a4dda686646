namespace MoeDevtools.Numerics.Kernels;

/// <summary>y[t, n] = Σ_k x[t, k] · w[n, k] (+ bias[n]) for t in 0..Tokens and n in First..Last. Strides are distances of rows.</summary>
public unsafe struct Product
{
    /// <summary>Activations in the block order of the weights (<see cref="BlockOrder"/>), padded with zeros to whole blocks.</summary>
    public float* X;

    /// <summary>In floats.</summary>
    public nint XStride;

    /// <summary>Which row of X is row t; null = t itself.</summary>
    public int* XRows;

    public int Tokens;

    public WeightMatrix W;

    /// <summary>Which row of W is row n; null = n itself. For weights of dense rows.</summary>
    public int* WRows;

    public int First;

    public int Last;

    /// <summary>Null = none.</summary>
    public float* Bias;

    public float* Y;

    /// <summary>In floats.</summary>
    public nint YStride;

    public readonly byte* WRow(int n) => W.Row(WRows == null ? n : WRows[n]);

    public readonly float* XRow(int token) => X + (XRows == null ? token : XRows[token]) * XStride;
}
