using System.Runtime.InteropServices;

namespace MoeDevtools.Models.Backends;

/// <summary>The numbers of a recurrence, laid out as the operation that changes them likes.</summary>
internal sealed unsafe class CpuRecurrence : Recurrence
{
    private readonly int _numbers;
    private float* _data;

    public CpuRecurrence(int numbers)
    {
        _numbers = numbers;
        _data = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, numbers) * sizeof(float), 64);
        Numbers.Clear();
    }

    public float* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data is null, this);
            return _data;
        }
    }

    public override long Bytes => (long)_numbers * sizeof(float);

    private Span<float> Numbers => new(Data, _numbers);

    /// <summary>Counts positions that an operation has taken in.</summary>
    public void Advance(int positions) => Length += positions;

    public override object Save() => Numbers.ToArray();

    public override void Rewind(int length, object? saved)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length == 0) Numbers.Clear();
        else ((float[])saved!).CopyTo(Numbers);
        Length = length;
    }

    public override void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }
}
