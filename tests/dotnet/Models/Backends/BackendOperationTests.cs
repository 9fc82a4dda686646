using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Numerics.Kernels;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>Every operation of the vectorised backend against the plain one.</summary>
public sealed class BackendOperationTests
{
    private const double Bound = 3e-6;

    private static readonly StoredType[] Types = [StoredType.F32, StoredType.F16, StoredType.BF16];

    [LevelTheory]
    [EachLevel]
    public void Linear_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(1);
        foreach (var type in Types)
        {
            (int, int, int)[] shapes = [(1, 20, 131), (1, 300, 256), (5, 131, 20), (64, 96, 100), (130, 257, 64)];
            foreach (var (tokens, rows, columns) in shapes)
            {
                var (w, bias) = (stored.Matrix(type, rows, columns), stored.Vector(StoredType.BF16, rows));
                var x = stored.Values(tokens * columns);
                foreach (var withBias in (bool[])[false, true])
                {
                    compare.Same(backend =>
                    {
                        using var input = backend.From(x, columns);
                        using var y = backend.Rent(tokens, rows);
                        backend.Linear(input, backend.Bind(w), withBias ? backend.Bind(bias) : null, y);
                        return backend.ToArray(y);
                    }, Bound);
                }
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void RmsNormOfRowsAndOfHeads_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(2);
        foreach (var type in Types)
        {
            foreach (var (tokens, columns, size) in ((int, int, int)[])[(1, 131, 131), (3, 96, 24), (200, 1024, 64), (7, 20, 20)])
            {
                var (w, x) = (stored.Vector(type, size), stored.Values(tokens * columns, 30));
                foreach (var inPlace in (bool[])[false, true])
                {
                    compare.Same(backend =>
                    {
                        using var input = backend.From(x, columns);
                        using var other = backend.Rent(tokens, columns);
                        var y = inPlace ? input : other;
                        backend.RmsNorm(input, backend.Bind(w), size, 1e-5f, y);
                        return backend.ToArray(y);
                    }, Bound);
                }
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void AddAndClamp_EqualTheReferenceExactly(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(3);
        foreach (var columns in (int[])[1, 20, 131, 4096])
        {
            var (a, b) = (stored.Values(7 * columns), stored.Values(7 * columns));
            compare.Same(backend =>
            {
                using var x = backend.From(a, columns);
                using var y = backend.From(b, columns);
                backend.Add(x, y);
                backend.Clamp(y, 0.75f);
                return backend.ToArray(y);
            }, 0);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void Rotate_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(4);
        foreach (var interleaved in (bool[])[false, true])
        {
            (int, int, int, int, int)[] shapes = [(1, 2, 64, 0, 32), (9, 3, 20, 4, 7), (300, 4, 48, 16, 16)];
            foreach (var (tokens, heads, size, offset, pairs) in shapes)
            {
                var frequencies = Enumerable.Range(0, pairs).Select(n => MathF.Pow(10_000, -(float)n / pairs)).ToArray();
                var rotary = new RotaryFrequencies(frequencies, 1.25f, interleaved);
                var values = stored.Values(tokens * heads * size);
                foreach (var start in (int[])[0, 1, 4000])
                {
                    compare.Same(backend =>
                    {
                        using var x = backend.From(values, heads * size);
                        backend.Rotate(x, rotary, size, offset, start);
                        return backend.ToArray(x);
                    }, 1e-6);
                }
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void Attend_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(5);
        AttentionShape[] shapes =
        [
            new(4, 4, 16, 16, 0.25f), new(6, 2, 20, 12, 0.3f), new(8, 1, 64, 64, 0.125f) { Window = 5 }, new(3, 3, 24, 131, 0.2f) { Window = 40 },
            new(2, 1, 48, 32, 3f) { Window = 1 },
        ];
        foreach (var shape in shapes)
        {
            foreach (var (before, tokens) in ((int, int)[])[(0, 1), (0, 37), (300, 1), (11, 26), (255, 2)])
            {
                var keys = stored.Values((before + tokens) * shape.KeyValueHeads * shape.KeySize);
                var values = stored.Values((before + tokens) * shape.KeyValueHeads * shape.ValueSize);
                var queries = stored.Values(tokens * shape.Heads * shape.KeySize);
                compare.Same(backend => Attend(backend, shape, keys, values, queries, before), Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void Mlp_EqualsTheReferenceForEveryActivation(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(6);
        foreach (var act in Enum.GetValues<ActivationFunction>())
        {
            foreach (var (tokens, hidden, inner) in ((int, int, int)[])[(1, 131, 20), (6, 64, 96), (70, 100, 130)])
            {
                var tensors = stored.Expert(Types[tokens % 3], Types[(tokens + (int)act) % 3], Types[hidden % 3], hidden, inner);
                var x = stored.Values(tokens * hidden, 2);
                compare.Same(backend =>
                {
                    using var input = backend.From(x, hidden);
                    using var y = backend.Rent(tokens, hidden);
                    backend.Mlp(input, stored.Mlp(backend, tensors), act, y);
                    return backend.ToArray(y);
                }, Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void Experts_EqualTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(7);
        (int, int, int, int, int)[] shapes = [(1, 8, 2, 131, 20), (9, 5, 5, 64, 48), (150, 16, 3, 96, 64)];
        foreach (var (tokens, count, k, hidden, inner) in shapes)
        {
            var tensors = Enumerable.Range(0, count)
                .Select(e => stored.Expert(Types[e % 3], Types[e % 3], Types[(e + 1) % 3], hidden, inner))
                .ToArray();
            var (x, logits) = (stored.Values(tokens * hidden), stored.Values(tokens * count));
            var rule = new RouterRule { Experts = count, K = k };
            compare.Same(backend =>
            {
                using var input = backend.From(x, hidden);
                using var scores = backend.From(logits, count);
                using var routed = backend.CreateRouted();
                using var y = backend.Rent(tokens, hidden);
                backend.Route(scores, rule, routed);
                backend.Experts(input, routed, [.. tensors.Select(t => stored.Mlp(backend, t))], ActivationFunction.Silu, false, y);
                return backend.ToArray(y);
            }, Bound);
        }
    }

    private static float[] Attend(ITensorBackend backend, AttentionShape shape, float[] keys, float[] values, float[] queries, int before)
    {
        using var cache = backend.CreateCache(shape.KeyValueHeads * shape.KeySize, shape.KeyValueHeads * shape.ValueSize, 1000);
        using var k = backend.From(keys, shape.KeyValueHeads * shape.KeySize);
        using var v = backend.From(values, shape.KeyValueHeads * shape.ValueSize);
        using var q = backend.From(queries, shape.Heads * shape.KeySize);
        using var y = backend.Rent(q.Rows, shape.Heads * shape.ValueSize);
        backend.Append(cache, k, v);
        Assert.Equal(before + q.Rows, cache.Length);
        backend.Attend(q, cache, shape, y);
        return backend.ToArray(y);
    }
}
