using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Tests.Numerics.Kernels;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>The state spaces of Mamba and Mamba-2: against the plain backend, in any parts, and by hand.</summary>
public sealed class StateScanTests
{
    private static readonly StoredType[] Types = [StoredType.F32, StoredType.F16, StoredType.BF16];

    [LevelTheory]
    [EachLevel]
    public void Scan_EqualsTheReference(SimdLevel level)
    {
        using var compare = new BackendComparison(new ScalarBackend(), Activations.Simd(level));
        using var stored = new StoredWeights(4);
        foreach (var type in Types)
        {
            // Mamba-2 with one group, several, odd sizes; Mamba, where a head is a channel.
            foreach (var (heads, size, numbers, groups, tokens) in ((int, int, int, int, int)[])[(4, 16, 16, 1, 1), (6, 20, 9, 3, 5), (2, 64, 128, 1, 30), (3, 7, 1, 3, 4), (128, 1, 16, 1, 1), (131, 1, 5, 1, 40)])
            {
                var tensors = new SpaceTensors(stored, type, heads, size, numbers, groups, ratePerNumber: size == 1);
                compare.Same(backend => tensors.Run(backend, Math.Min(60, 2 * tokens), tokens), 2e-5);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void ScanInAnyPartsOnAnyThreads_SameBits(SimdLevel level)
    {
        using var stored = new StoredWeights(5);
        foreach (var perNumber in (bool[])[false, true])
        {
            var tensors = new SpaceTensors(stored, StoredType.BF16, perNumber ? 300 : 5, perNumber ? 1 : 44, 24, 1, perNumber);
            float[] expected;
            using (var backend = new SimdBackend(1, level)) expected = tensors.Run(backend, 60, 60);
            foreach (var size in (int[])[1, 2, 3, 20])
            {
                using var backend = new SimdBackend(1 + size, level);
                Assert.Equal(expected, tensors.Run(backend, 60, size));
            }
        }
    }

    [Theory]
    [InlineData("simd")]
    [InlineData("reference")]
    public void Scan_OfOneHead_IsTheFormula(string name)
    {
        // One channel, one number: S = e^(Δ A) S + Δ x B, y = S C + D x, with Δ = softplus(0) = ln 2, kept at 0.5 where a limit says so, and A = −e^0.
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(6);
        foreach (var (most, delta) in ((float, double)[])[(float.PositiveInfinity, Math.Log(2)), (0.5f, 0.5)])
        {
            var space = new StateSpace(1, 1, 1, 1, backend.Bind(stored.Zero(1)), backend.Bind(stored.Zero(1))) { MostStep = most };
            using var state = backend.CreateRecurrence(space.Numbers);
            using var x = backend.From([1, 2], 1);
            using var steps = backend.From([0, 0], 1);
            using var b = backend.From([3, 4], 1);
            using var c = backend.From([5, 6], 1);
            using var y = backend.Rent(2, 1);

            backend.Scan(x, steps, b, c, space, state, y);

            var first = delta * 1 * 3;
            var second = Math.Exp(-delta) * first + delta * 2 * 4;
            Assert.Equal([(float)(first * 5), (float)(second * 6)], backend.ToArray(y), (a, e) => Math.Abs(a - e) < 1e-5);
            Assert.Equal(2, state.Length);
        }
    }

    /// <summary>A state space of random weights, and inputs for it.</summary>
    private sealed class SpaceTensors(StoredWeights stored, StoredType type, int heads, int size, int numbers, int groups, bool ratePerNumber)
    {
        private readonly StoredTensor _log = ratePerNumber ? stored.Matrix(type, heads, numbers) : stored.Vector(type, heads);
        private readonly StoredTensor _skip = stored.Vector(StoredType.F32, heads);
        private readonly StoredTensor _bias = stored.Vector(type, heads);
        private readonly float[] _x = stored.Values(60 * heads * size);
        private readonly float[] _steps = stored.Values(60 * heads);
        private readonly float[] _b = stored.Values(60 * groups * numbers);
        private readonly float[] _c = stored.Values(60 * groups * numbers);

        /// <summary>So many tokens, <paramref name="part"/> at a time.</summary>
        public float[] Run(ITensorBackend backend, int tokens, int part)
        {
            var space = new StateSpace(heads, size, numbers, groups, backend.Bind(_log), backend.Bind(_skip))
            {
                StepBias = backend.Bind(_bias), LeastStep = 0.2f, MostStep = 1.5f,
            };
            using var state = backend.CreateRecurrence(space.Numbers);
            var outputs = new List<float>();
            for (var start = 0; start < tokens; start += part)
            {
                var count = Math.Min(part, tokens - start);
                Activation Part(float[] values, int columns) => backend.From(values[(start * columns)..((start + count) * columns)], columns);
                using var x = Part(_x, heads * size);
                using var steps = Part(_steps, heads);
                using var b = Part(_b, groups * numbers);
                using var c = Part(_c, groups * numbers);
                using var y = backend.Rent(count, heads * size);
                backend.Scan(x, steps, b, c, space, state, y);
                outputs.AddRange(backend.ToArray(y));
            }
            Assert.Equal(tokens, state.Length);
            return [.. outputs];
        }
    }
}
