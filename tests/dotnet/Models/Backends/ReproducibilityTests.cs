using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Numerics.Kernels;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>One block of every operation: its bits depend on nothing but its inputs.</summary>
public sealed class ReproducibilityTests
{
    private const int Tokens = 45;
    private const int Hidden = 132;
    private const int Count = 5;

    private static readonly AttentionShape Shape = new(6, 2, 22, 22, 0.2f);
    private static readonly RotaryFrequencies Rotary = new([1, 0.1f, 0.01f], 1, false);
    private static readonly MlpActivation Silu = ActivationFunction.Silu, GeluTanh = ActivationFunction.GeluTanh;
    private static readonly RouterRule Rule = new() { Experts = Count, K = 2 };

    [LevelTheory]
    [EachLevel]
    public void AnyNumberOfThreads_SameBits(SimdLevel level)
    {
        using var stored = new StoredWeights(1);
        var tensors = new Tensors(stored);
        var x = stored.Values(Tokens * Hidden);
        var expected = Whole(level, 1, tensors, x);
        foreach (var threads in (int[])[2, 3, 7]) Assert.Equal(expected, Whole(level, threads, tensors, x));
    }

    [LevelTheory]
    [EachLevel]
    public void TokensInAnyChunks_SameBits(SimdLevel level)
    {
        using var stored = new StoredWeights(2);
        var tensors = new Tensors(stored);
        var x = stored.Values(Tokens * Hidden);
        var expected = Whole(level, 2, tensors, x);
        foreach (var size in (int[])[1, 2, 7, 20])
        {
            using var backend = new SimdBackend(2, level);
            var block = new Block(backend, tensors);
            using var cache = backend.CreateCache(2, 22, 22, Tokens);
            var parts = x.Chunk(size * Hidden).SelectMany((part, i) => block.Run(cache, part, i * size)).ToArray();
            Assert.Equal(expected, parts);
        }
    }

    [Fact]
    public void WarmPass_AllocatesNoMoreThanAFewHundredBytes()
    {
        using var stored = new StoredWeights(3);
        using var backend = new SimdBackend(2);
        var block = new Block(backend, new Tensors(stored));
        using var cache = backend.CreateCache(2, 22, 22, 100);
        using var input = backend.From(stored.Values(Hidden), Hidden);
        using var y = backend.Rent(1, Hidden);
        for (var position = 0; position < 3; position++) block.Run(cache, input, y, position);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var position = 3; position < 13; position++) block.Run(cache, input, y, position);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 * 300);
    }

    private static float[] Whole(SimdLevel level, int threads, Tensors tensors, float[] x)
    {
        using var backend = new SimdBackend(threads, level);
        using var cache = backend.CreateCache(2, 22, 22, Tokens);
        return new Block(backend, tensors).Run(cache, x, 0);
    }

    private sealed class Tensors(StoredWeights stored)
    {
        public StoredTensor Norm { get; } = stored.Vector(StoredType.F32, Hidden);

        public StoredTensor Queries { get; } = stored.Matrix(StoredType.BF16, Hidden, Hidden);

        public StoredTensor Keys { get; } = stored.Matrix(StoredType.F16, 44, Hidden);

        public StoredTensor Values { get; } = stored.Matrix(StoredType.F32, 44, Hidden);

        public StoredTensor Gate { get; } = stored.Matrix(StoredType.BF16, Count, Hidden);

        public (StoredTensor Gate, StoredTensor Up, StoredTensor Down)[] Experts { get; } =
            [.. Enumerable.Range(0, Count).Select(_ => stored.Expert(StoredType.BF16, StoredType.F16, StoredType.F32, Hidden, 70))];
    }

    private sealed class Block(ITensorBackend backend, Tensors tensors)
    {
        private readonly Weight _norm = backend.Bind(tensors.Norm);
        private readonly Weight _queries = backend.Bind(tensors.Queries);
        private readonly Weight _keys = backend.Bind(tensors.Keys);
        private readonly Weight _values = backend.Bind(tensors.Values);
        private readonly Weight _gate = backend.Bind(tensors.Gate);
        private readonly RoutedTokens _routed = backend.CreateRouted();
        private readonly MlpWeights[] _experts =
            [.. tensors.Experts.Select(e => new MlpWeights(backend.Bind(e.Gate), backend.Bind(e.Up), backend.Bind(e.Down)))];

        public float[] Run(KeyValueCache cache, float[] values, int start)
        {
            using var x = backend.From(values, Hidden);
            using var y = backend.Rent(x.Rows, Hidden);
            Run(cache, x, y, start);
            return backend.ToArray(y);
        }

        public void Run(KeyValueCache cache, Activation x, Activation y, int start)
        {
            using var normed = backend.Rent(x.Rows, Hidden);
            using var q = backend.Rent(x.Rows, Hidden);
            using var k = backend.Rent(x.Rows, 44);
            using var v = backend.Rent(x.Rows, 44);
            using var logits = backend.Rent(x.Rows, Count);
            backend.RmsNorm(x, _norm, Hidden, 1e-6f, normed);
            backend.Linear(normed, _queries, null, q);
            backend.Linear(normed, _keys, null, k);
            backend.Linear(normed, _values, null, v);
            backend.Rotate(q, Rotary, 22, 2, start);
            backend.Rotate(k, Rotary, 22, 2, start);
            backend.Append(cache, k, v);
            backend.Attend(q, cache, Shape, normed);
            backend.Add(x, normed);
            backend.Linear(normed, _gate, null, logits);
            backend.Route(logits, Rule, _routed);
            backend.Experts(normed, _routed, _experts, Silu, false, y);
            backend.Mlp(y, _experts[0], GeluTanh, normed);
            backend.Add(normed, y);
        }
    }
}
