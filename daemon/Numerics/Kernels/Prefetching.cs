using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>How far before they are multiplied weights are asked for, where memory and not a cache has them.</summary>
internal static class Prefetching
{
    /// <summary>
    /// In bytes, of each row. AMD's own prefetcher runs far ahead, and what is asked for early only holds up what is needed now (measured: 2 KiB costs a fifth of the read rate);
    /// Intel's is helped by 2 KiB (measured).
    /// </summary>
    public static readonly int Bytes = IsAmd() ? 256 : 2048;

    // "Auth" of "AuthenticAMD".
    private static bool IsAmd() => X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x68747541;
}
