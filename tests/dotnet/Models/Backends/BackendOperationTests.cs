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
            (int, int, int, int)[] shapes =
                [(1, 20, 131, 1), (1, 300, 256, 1), (5, 131, 20, 1), (64, 96, 100, 1), (130, 257, 64, 1), (1, 512, 256, 4), (5, 60, 20, 3), (70, 96, 64, 2)];
            foreach (var (tokens, rows, columns, groups) in shapes)
            {
                var (w, bias) = (stored.Matrix(type, rows, columns), stored.Vector(StoredType.BF16, rows));
                var x = stored.Values(tokens * groups * columns);
                foreach (var withBias in (bool[])[false, true])
                {
                    compare.Same(backend =>
                    {
                        using var input = backend.From(x, groups * columns);
                        using var y = backend.Rent(tokens, rows);
                        backend.Linear(input, backend.Bind(w), withBias ? backend.Bind(bias) : null, y, groups);
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
                var x = stored.Values(tokens * columns, 30);
                foreach (var (w, inPlace) in ((StoredTensor, bool)[])[(stored.Vector(type, size), false), (stored.Vector(type, size), true), (stored.Vector(type, columns), true)])
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
            new(2, 1, 48, 32, 3f) { Window = 1 }, new(4, 2, 20, 16, 0.2f) { Chunk = 8 }, new(4, 2, 20, 16, 0.2f) { Chunk = 16, Window = 5 },
            new(3, 3, 16, 16, 1f) { SeesAll = true },
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
    public void AttendWithSinksAndDistances_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(8);
        var (sinks, table) = (stored.Vector(StoredType.BF16, 6), stored.Matrix(StoredType.F32, 8, 6));
        foreach (var both in (bool[])[false, true])
        {
            foreach (var (before, tokens) in ((int, int)[])[(0, 1), (0, 37), (300, 1), (11, 26)])
            {
                var keys = stored.Values((before + tokens) * 2 * 20);
                var values = stored.Values((before + tokens) * 2 * 12);
                var queries = stored.Values(tokens * 6 * 20);
                compare.Same(backend => Attend(backend, new AttentionShape(6, 2, 20, 12, 0.3f)
                {
                    Sinks = both ? backend.Bind(sinks) : null,
                    SeesAll = both,
                    Positions = new RelativePositions(backend.Bind(table), MaxDistance: 20, BothWays: both),
                }, keys, values, queries, before), Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void AttendToFarKeys_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(21);
        var sinks = stored.Vector(StoredType.BF16, 20);
        foreach (var (before, tokens, rate, count) in ((int, int, int, int)[])[(0, 1, 4, 0), (0, 37, 4, 0), (299, 1, 8, 0), (11, 26, 1, 5), (61, 40, 3, 7), (0, 30, 5, 2)])
        {
            var (near, far) = (stored.Values((before + tokens) * 20), stored.Values((before + tokens) / rate * 20));
            var (queries, indexQueries, keys, weights) = (stored.Values(tokens * 400), stored.Values(tokens * 36), stored.Values((before + tokens) / rate * 12), stored.Values(tokens * 3));
            compare.Same(backend =>
            {
                using var cache = backend.CreateCache(1, 20, 0, 1000, window: 6);
                using var entries = backend.CreateCache(1, 20, 0, 1000, rate: rate);
                using var index = backend.CreateCache(1, 12, 0, 1000, rate: rate);
                using var chosen = backend.CreateChosen();
                using var k = backend.From(near, 20);
                using var w = backend.From(weights, 3);
                using var e = backend.From(far, 20);
                using var i = backend.From(keys, 12);
                using var q = backend.From(queries, 400);
                using var iq = backend.From(indexQueries, 36);
                using var y = backend.Rent(tokens, 400);
                backend.Append(cache, k, null);
                backend.Append(entries, e, null);
                backend.Append(index, i, null);
                if (count > 0) backend.Choose(iq, w, index, count, before, chosen);
                backend.Attend(q, cache, new AttentionShape(20, 1, 20, 20, 0.3f) { Window = 6, Sinks = backend.Bind(sinks) }, y, entries, count > 0 ? chosen : null);
                return backend.ToArray(y);
            }, Bound);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void AttendToChosenKeys_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(22);
        foreach (var (before, tokens, count) in ((int, int, int)[])[(0, 1, 3), (0, 37, 5), (700, 1, 64), (600, 70, 33), (40, 9, 60)])
        {
            var length = before + tokens;
            var (keys, values, queries) = (stored.Values(length * 2 * 20), stored.Values(length * 2 * 12), stored.Values(tokens * 4 * 20));
            var (indexKeys, indexQueries, weights) = (stored.Values(length * 24), stored.Values(tokens * 5 * 24), stored.Values(tokens * 5));
            compare.Same(backend =>
            {
                using var cache = backend.CreateCache(2, 20, 12, 1000);
                using var index = backend.CreateCache(1, 24, 0, 1000);
                using var chosen = backend.CreateChosen();
                using var k = backend.From(keys, 40);
                using var v = backend.From(values, 24);
                using var i = backend.From(indexKeys, 24);
                using var q = backend.From(queries, 80);
                using var iq = backend.From(indexQueries, 120);
                using var w = backend.From(weights, 5);
                using var y = backend.Rent(tokens, 48);
                backend.Append(cache, k, v);
                backend.Append(index, i, null);
                backend.Choose(iq, w, index, count, before, chosen);
                backend.Attend(q, cache, new AttentionShape(4, 2, 20, 12, 0.3f), y, chosen: chosen);
                return backend.ToArray(y);
            }, Bound);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void ResidualStreams_EqualTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(23);
        foreach (var (streams, size) in ((int, int)[])[(1, 7), (2, 33), (4, 64)])
        {
            var (move, scale) = (stored.Vector(StoredType.F32, (2 + streams) * streams), stored.Vector(StoredType.F32, 3));
            var (x, y, weights) = (stored.Values(5 * streams * size), stored.Values(5 * size), stored.Values(5 * (2 + streams) * streams));
            compare.Same(backend =>
            {
                using var state = backend.From(x, streams * size);
                using var written = backend.From(y, size);
                using var w = backend.From(weights, (2 + streams) * streams);
                using var read = backend.Rent(5, size);
                backend.StreamWeights(w, backend.Bind(move), backend.Bind(scale), streams, 4, 1e-6f);
                backend.ReadStreams(state, w, read);
                backend.WriteStreams(written, w, state);
                return [.. backend.ToArray(read), .. backend.ToArray(state)];
            }, 1e-6);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void LayerNorm_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(9);
        foreach (var (tokens, columns) in ((int, int)[])[(1, 7), (3, 131), (40, 256)])
        {
            var (w, bias, x) = (stored.Vector(StoredType.BF16, columns), stored.Vector(StoredType.F32, columns), stored.Values(tokens * columns, 30));
            foreach (var withBias in (bool[])[false, true])
            {
                compare.Same(backend =>
                {
                    using var input = backend.From(x, columns);
                    backend.LayerNorm(input, backend.Bind(w), withBias ? backend.Bind(bias) : null, 1e-5f, input);
                    return backend.ToArray(input);
                }, Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void FactorsGatesAndCaps_EqualTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(10);
        const int tokens = 5, columns = 84;
        var (x, y) = (stored.Values(tokens * columns, 3), stored.Values(tokens * columns));
        foreach (var gates in (int[])[1, 7, columns])
        {
            var gate = stored.Values(tokens * gates, 8);
            foreach (var function in (ActivationFunction[])[ActivationFunction.Sigmoid, ActivationFunction.Softplus])
            {
                compare.Same(backend =>
                {
                    using var g = backend.From(gate, gates);
                    using var to = backend.From(y, columns);
                    backend.Gate(g, function, to);
                    return backend.ToArray(to);
                }, Bound);
            }
        }
        compare.Same(backend =>
        {
            using var from = backend.From(x, columns);
            using var to = backend.From(y, columns);
            backend.SoftCap(from, 2);
            backend.Scale(from, 0.7f);
            backend.ScaleRows(from, [1, -2, 0, 0.5f, 3]);
            backend.Add(from, to, 1.5f);
            return backend.ToArray(to);
        }, Bound);
    }

    [LevelTheory]
    [EachLevel]
    public void PartsOfStoredTensors_EqualTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(11);
        var (rows, columns) = (52, 84);
        var x = stored.Values(9 * columns);
        foreach (var type in Types)
        {
            var outputsFirst = new StoredMatrix(stored.Matrix(type, 2 * rows, columns), 2 * rows, columns);
            var inputsFirst = new StoredMatrix(stored.Matrix(type, columns, 2 * rows), 2 * rows, columns) { InputMajor = true };
            foreach (var whole in (StoredMatrix[])[outputsFirst, inputsFirst])
            {
                foreach (var part in (StoredMatrix[])[whole, whole.Outputs(0, rows), whole.Outputs(rows, rows), whole.Outputs(0, rows, 2), whole.Outputs(1, rows, 2)])
                {
                    compare.Same(backend =>
                    {
                        using var input = backend.From(x, columns);
                        using var y = backend.Rent(9, part.Rows);
                        backend.Linear(input, backend.Bind(part), null, y);
                        return backend.ToArray(y);
                    }, Bound);
                }
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void ExpertsWithBiasesClampedUngatedOrWeighingTheirInput_EqualTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(12);
        const int count = 5, hidden = 36, inner = 44;
        var tensors = Enumerable.Range(0, count).Select(_ => stored.Expert(StoredType.BF16, StoredType.BF16, StoredType.F16, hidden, inner)).ToArray();
        var biases = Enumerable.Range(0, count).Select(_ => (Two: stored.Vector(StoredType.BF16, 2 * inner), Down: stored.Vector(StoredType.F32, hidden))).ToArray();
        var rule = new RouterRule { Experts = count, K = 2 };
        foreach (var tokens in (int[])[1, 9])
        {
            var (x, logits) = (stored.Values(tokens * hidden, 4), stored.Values(tokens * count));
            foreach (var gated in (bool[])[true, false])
            {
                foreach (var weighInput in (bool[])[true, false])
                {
                    foreach (var act in (MlpActivation[])[ActivationFunction.Relu, .. gated ? [new MlpActivation(ActivationFunction.Silu, 2.5f, 1.702f), new MlpActivation(ActivationFunction.Silu, 0.5f)] : Array.Empty<MlpActivation>()])
                    {
                        compare.Same(backend =>
                        {
                            var experts = tensors.Zip(biases, (t, b) => stored.Mlp(backend, t) with
                            {
                                Up = gated ? backend.Bind(t.Up) : null,
                                GateBias = backend.Bind(new StoredMatrix(b.Two, 1, 2 * inner).Elements(0, inner, 2)),
                                UpBias = gated ? backend.Bind(new StoredMatrix(b.Two, 1, 2 * inner).Elements(1, inner, 2)) : null,
                                DownBias = backend.Bind(b.Down),
                            }).ToArray();
                            using var input = backend.From(x, hidden);
                            using var scores = backend.From(logits, count);
                            using var routed = backend.CreateRouted();
                            using var y = backend.Rent(tokens, hidden);
                            backend.Route(scores, rule, routed);
                            backend.Experts(input, routed, experts, act, weighInput, y);
                            return backend.ToArray(y);
                        }, Bound);
                    }
                }
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
        using var cache = backend.CreateCache(shape.KeyValueHeads, shape.KeySize, shape.ValueSize, 1000);
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
