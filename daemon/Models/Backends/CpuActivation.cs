namespace MoeDevtools.Models.Backends;

/// <summary>
/// A dense float matrix of the backend's pool. The object too is used again after <see cref="Dispose"/>, so that a pass allocates nothing.
/// </summary>
internal sealed unsafe class CpuActivation(NativePool pool, Stack<CpuActivation> free) : Activation
{
    private float* _data;

    /// <summary>Aligned to 64 bytes.</summary>
    public float* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data == null, this);
            return _data;
        }
    }

    public Span<float> Row(int row) => new(Data + (nint)row * Columns, Columns);

    public void Open(int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        _data = (float*)pool.Rent(Bytes);
    }

    /// <summary>To be called once: the handle may already belong to somebody else afterwards.</summary>
    public override void Dispose()
    {
        pool.Return(Data, Bytes);
        _data = null;
        free.Push(this);
    }

    private long Bytes => (long)Rows * Columns * sizeof(float);
}
