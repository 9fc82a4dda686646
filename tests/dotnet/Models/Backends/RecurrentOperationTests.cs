using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Tests.Numerics.Kernels;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>The operations that change a <see cref="Recurrence"/>: against the plain backend, and in any parts.</summary>
public sealed class RecurrentOperationTests
{
    private const double Bound = 3e-6;

    private static readonly StoredType[] Types = [StoredType.F32, StoredType.F16, StoredType.BF16];

    [LevelTheory]
    [EachLevel]
    public void Convolve_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(1);
        foreach (var type in Types)
        {
            foreach (var (tokens, channels, taps) in ((int, int, int)[])[(1, 20, 4), (3, 131, 4), (40, 1100, 3), (9, 24, 1), (2, 16, 7)])
            {
                var (w, bias) = (stored.Matrix(type, channels, taps), stored.Vector(StoredType.BF16, channels));
                var x = stored.Values(2 * tokens * channels);
                foreach (var withBias in (bool[])[false, true])
                    compare.Same(backend => Convolve(backend, w, withBias ? bias : null, x, channels, taps, tokens), Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void ConvolveInAnyParts_SameBits(SimdLevel level)
    {
        using var backend = Activations.Simd(level);
        using var stored = new StoredWeights(2);
        const int tokens = 45, channels = 131, taps = 4;
        var (w, bias, x) = (stored.Matrix(StoredType.BF16, channels, taps), stored.Vector(StoredType.F32, channels), stored.Values(tokens * channels));
        var expected = Convolve(backend, w, bias, x, channels, taps, tokens);
        foreach (var size in (int[])[1, 2, 3, 20]) Assert.Equal(expected, Convolve(backend, w, bias, x, channels, taps, size));
    }

    [LevelTheory]
    [EachLevel]
    public void Decay_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(3);
        foreach (var (tokens, heads, run) in ((int, int, int)[])[(1, 4, 1), (5, 3, 16), (9, 33, 1), (2, 5, 20)])
        {
            var (rate, bias) = (stored.Vector(StoredType.BF16, heads), stored.Vector(StoredType.F32, heads * run));
            var x = stored.Values(tokens * heads * run, 8);
            compare.Same(backend =>
            {
                using var decay = backend.From(x, heads * run);
                backend.Decay(decay, backend.Bind(rate), backend.Bind(bias));
                return backend.ToArray(decay);
            }, 1e-5);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void AttendLinearly_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        foreach (var kind in Enum.GetValues<Kind>())
        {
            foreach (var (tokens, heads, keyHeads, keySize, valueSize) in ((int, int, int, int, int)[])[(1, 4, 2, 16, 16), (6, 3, 1, 20, 52), (3, 2, 2, 128, 128), (70, 4, 2, 24, 64)])
            {
                var inputs = new Inputs(kind, heads, keyHeads, keySize, valueSize, 2 * tokens);
                compare.Same(backend => inputs.Run(backend, tokens), Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void AttendLinearlyInAnyPartsOnAnyThreads_SameBits(SimdLevel level)
    {
        foreach (var kind in Enum.GetValues<Kind>())
        {
            var inputs = new Inputs(kind, heads: 6, keyHeads: 2, keySize: 40, valueSize: 72, tokens: 60);
            float[] expected;
            using (var backend = new SimdBackend(1, level)) expected = inputs.Run(backend, 60);
            foreach (var size in (int[])[1, 2, 3, 20])
            {
                using var backend = new SimdBackend(1 + size, level);
                Assert.Equal(expected, inputs.Run(backend, size));
            }
        }
    }

    private enum Kind
    {
        DeltaWithADecayPerHead,
        DeltaWithADecayPerChannel,
        FixedDecay,
    }

    /// <summary>Random queries, keys of length 1, values, decays and betas.</summary>
    private sealed class Inputs
    {
        private readonly LinearAttentionShape _shape;
        private readonly float[] _q, _k, _v, _decays;
        private readonly float[]? _betas;

        public Inputs(Kind kind, int heads, int keyHeads, int keySize, int valueSize, int tokens)
        {
            using var stored = new StoredWeights(tokens);
            _shape = new LinearAttentionShape(heads, keyHeads, keySize, valueSize) { Decays = kind == Kind.FixedDecay ? Uniform(stored.Values(heads)) : null };
            _q = stored.Values(tokens * keyHeads * keySize);
            _k = stored.Values(tokens * keyHeads * keySize, 1 / MathF.Sqrt(keySize));
            _v = stored.Values(tokens * heads * valueSize);
            _decays = Uniform(stored.Values(tokens * heads * (kind == Kind.DeltaWithADecayPerChannel ? keySize : 1)));
            _betas = kind == Kind.FixedDecay ? null : Uniform(stored.Values(tokens * heads));
            Tokens = tokens;
        }

        private int Tokens { get; }

        /// <summary>All tokens, so many at a time: outputs.</summary>
        public float[] Run(ITensorBackend backend, int size)
        {
            using var state = backend.CreateRecurrence(_shape.FixedState);
            var outputs = new List<float>();
            for (var start = 0; start < Tokens; start += size)
            {
                var count = Math.Min(size, Tokens - start);
                Activation Part(float[] values) => backend.From(values.AsSpan(start * (values.Length / Tokens), count * (values.Length / Tokens)).ToArray(), values.Length / Tokens);
                using var q = Part(_q);
                using var k = Part(_k);
                using var v = Part(_v);
                using var decay = _shape.Decays is null ? Part(_decays) : null;
                using var beta = _betas is null ? null : Part(_betas);
                using var y = backend.Rent(count, v.Columns);
                backend.AttendLinearly(q, k, v, decay, beta, state, _shape, y);
                outputs.AddRange(backend.ToArray(y));
            }
            Assert.Equal(Tokens, state.Length);
            return [.. outputs];
        }

        /// <summary>Numbers between 0 and 1.</summary>
        private static float[] Uniform(float[] values) => Array.ConvertAll(values, x => 1 / (1 + MathF.Exp(-x)));
    }

    /// <summary>Runs all of x, so many tokens at a time.</summary>
    private static float[] Convolve(ITensorBackend backend, StoredTensor w, StoredTensor? bias, float[] x, int channels, int taps, int tokens)
    {
        using var tail = backend.CreateRecurrence((taps - 1) * channels);
        var parts = x.Chunk(tokens * channels).SelectMany(part =>
        {
            using var input = backend.From(part, channels);
            using var y = backend.Rent(input.Rows, channels);
            backend.Convolve(input, backend.Bind(w), bias is null ? null : backend.Bind(bias), tail, y);
            return backend.ToArray(y);
        }).ToArray();
        Assert.Equal(x.Length / channels, tail.Length);
        return parts;
    }
}
