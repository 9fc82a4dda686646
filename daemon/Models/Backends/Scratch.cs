namespace MoeDevtools.Models.Backends;

/// <summary>Floats of a <see cref="NativePool"/> for the length of one operation.</summary>
internal readonly unsafe ref struct Scratch
{
    private readonly NativePool _pool;
    private readonly long _bytes;

    /// <param name="pool">Takes the memory back on <see cref="Dispose"/>.</param>
    /// <param name="count">Floats; 0 = none, and <see cref="Data"/> is null.</param>
    public Scratch(NativePool pool, long count)
    {
        (_pool, _bytes) = (pool, count * sizeof(float));
        Data = count == 0 ? null : (float*)pool.Rent(_bytes);
    }

    public float* Data { get; }

    public void Dispose()
    {
        if (Data != null) _pool.Return(Data, _bytes);
    }
}
