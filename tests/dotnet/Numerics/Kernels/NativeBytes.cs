using System.Runtime.InteropServices;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>Native memory whose end is at the end of what was asked for, at any offset from alignment.</summary>
internal sealed unsafe class NativeBytes : IDisposable
{
    private readonly byte* _block;

    public NativeBytes(long bytes, int misalignment = 0)
    {
        _block = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + misalignment + 64), 64);
        Data = _block + misalignment;
        NativeMemory.Fill(_block, (nuint)(bytes + misalignment + 64), 0xFF);
    }

    public byte* Data { get; }

    public float* Floats => (float*)Data;

    public void Dispose() => NativeMemory.AlignedFree(_block);
}
