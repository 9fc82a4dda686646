namespace MoeDevtools.Numerics.Kernels;

/// <summary>The vector instructions that kernels are compiled for, best last.</summary>
public enum SimdLevel
{
    /// <summary>128-bit vectors of any architecture.</summary>
    Vector128,

    /// <summary>x86 AVX2 and FMA, 256 bits.</summary>
    Avx2,

    /// <summary>x86 AVX-512 F, BW and DQ, 512 bits.</summary>
    Avx512,
}
