using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Tests.Numerics.Kernels;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>Random stored tensors as a checkpoint would lend them: odd addresses, any of the three types.</summary>
internal sealed unsafe class StoredWeights(int seed) : IDisposable
{
    private readonly List<NativeBytes> _memory = [];
    private readonly Random _random = new(seed);

    public StoredTensor Matrix(StoredType type, int rows, int columns) => Create(type, [rows, columns], 1 / (float)Math.Sqrt(columns));

    public StoredTensor Vector(StoredType type, int size) => Create(type, [size], 1);

    public StoredTensor Zero(int size) => Create(StoredType.F32, [size], 0);

    public MlpWeights Mlp(ITensorBackend backend, (StoredTensor Gate, StoredTensor Up, StoredTensor Down) tensors) =>
        new(backend.Bind(tensors.Gate), backend.Bind(tensors.Up), backend.Bind(tensors.Down));

    public (StoredTensor Gate, StoredTensor Up, StoredTensor Down) Expert(StoredType gate, StoredType up, StoredType down, int hidden, int inner) =>
        (Matrix(gate, inner, hidden), Matrix(up, inner, hidden), Matrix(down, hidden, inner));

    public float[] Values(int count, float scale = 1)
    {
        var values = new float[count];
        fixed (float* x = values) RandomNumbers.Fill(_random, x, count, scale);
        return values;
    }

    public void Dispose()
    {
        foreach (var block in _memory) block.Dispose();
    }

    private StoredTensor Create(StoredType type, long[] shape, float scale)
    {
        var format = type switch { StoredType.F32 => WeightFormat.F32, StoredType.F16 => WeightFormat.F16, _ => WeightFormat.Bf16 };
        var count = shape.Aggregate(1L, (a, b) => a * b);
        var block = new NativeBytes(count * format.Bits() / 8, misalignment: _random.Next(4));
        _memory.Add(block);
        for (var i = 0L; i < count; i++) RandomNumbers.Write(format, block.Data, i, RandomNumbers.Normal(_random) * scale);
        return new StoredTensor($"weight.{_memory.Count}", type, shape, block.Data, count * format.Bits() / 8, "model.safetensors");
    }
}
