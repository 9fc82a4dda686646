using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

public static class SimdLevels
{
    /// <summary>The best level of this processor, as far as the runtime lets it be used.</summary>
    public static SimdLevel Best =>
        IsSupported(SimdLevel.Avx512) ? SimdLevel.Avx512 : IsSupported(SimdLevel.Avx2) ? SimdLevel.Avx2 : SimdLevel.Vector128;

    public static bool IsSupported(SimdLevel level) => level switch
    {
        // Where the runtime thinks that 512 bits throttle the processor, IsHardwareAccelerated is false although the instructions exist.
        SimdLevel.Avx512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported,
        SimdLevel.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    /// <summary>The level as people write it: <c>AVX-512</c>.</summary>
    public static string Name(this SimdLevel level) => level switch
    {
        SimdLevel.Avx512 => "AVX-512",
        SimdLevel.Avx2 => "AVX2",
        _ => "128-bit vectors",
    };
}
