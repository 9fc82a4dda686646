using System.Runtime.Intrinsics;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// The vector operations that kernels are written in, once for every <see cref="SimdLevel"/>. All addresses may be unaligned.
/// </summary>
internal unsafe interface ILanes<TVector> where TVector : struct
{
    static abstract SimdLevel Level { get; }

    /// <summary>Floats in a vector; divides 16.</summary>
    static abstract int Width { get; }

    /// <summary>Rows of activations that a product tile may hold in registers beside four rows of weights.</summary>
    static abstract int TileTokens { get; }

    static abstract TVector Load(float* from);

    static abstract void Store(TVector x, float* to);

    static abstract TVector All(float x);

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    static abstract TVector Max(TVector a, TVector b);

    static abstract TVector Min(TVector a, TVector b);

    static abstract TVector Abs(TVector x);

    /// <summary>Nearest integers.</summary>
    static abstract TVector Round(TVector x);

    /// <summary>2^n for integers n of −126 to 127.</summary>
    static abstract TVector PowerOfTwo(TVector n);

    /// <summary>a &lt; b ? yes : no, lane by lane; no where a or b is NaN.</summary>
    static abstract TVector WhereLess(TVector a, TVector b, TVector yes, TVector no);

    /// <summary>NaN where x is NaN, y elsewhere.</summary>
    static abstract TVector KeepNaN(TVector x, TVector y);

    static abstract float Sum(TVector x);

    static abstract float MaxOf(TVector x);

    /// <summary>The sums of four vectors, each added up in the same order.</summary>
    static abstract Vector128<float> Sums(TVector a, TVector b, TVector c, TVector d);

    static abstract TVector LoadF16(byte* from);

    static abstract TVector LoadBf16(byte* from);

    /// <summary>The lower halves of Width pairs of float16.</summary>
    static abstract TVector EvenF16(byte* from);

    static abstract TVector OddF16(byte* from);

    static abstract TVector EvenBf16(byte* from);

    static abstract TVector OddBf16(byte* from);

    /// <summary>Width elements of <see cref="WeightFormat.F8E4M3"/>; NaN stays NaN.</summary>
    static abstract TVector LoadF8(byte* from);

    /// <summary>What the next two need of a scale.</summary>
    static abstract TVector KeyF4(float scale);

    /// <summary>The lower halves of Width bytes as <see cref="WeightFormat.F4E2M1"/>, times the scale of the key.</summary>
    static abstract TVector EvenF4(byte* from, TVector key);

    /// <summary>The upper halves.</summary>
    static abstract TVector OddF4(byte* from, TVector key);
}
