using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Tests.Numerics.Kernels;

public sealed unsafe class FunctionTests
{
    // Results below this are compared absolutely: e^−x overflows float32 before 1/(1 + e^−x) has become zero.
    private const double Smallest = 2e-36;

    [LevelTheory]
    [EachLevel]
    public void Silu_EqualsItsTwin(SimdLevel level) => Check<Silu>(level, 1e-6);

    [LevelTheory]
    [EachLevel]
    public void Sigmoid_EqualsItsTwin(SimdLevel level) => Check<Sigmoid>(level, 1e-6);

    [LevelTheory]
    [EachLevel]
    public void Relu_EqualsItsTwin(SimdLevel level) => Check<Relu>(level, 0);

    [LevelTheory]
    [EachLevel]
    public void Relu2_EqualsItsTwin(SimdLevel level) => Check<Relu2>(level, 1e-7);

    [LevelTheory]
    [EachLevel]
    public void Tanh_EqualsItsTwin(SimdLevel level) => Check<Tanh>(level, 1e-6);

    [LevelTheory]
    [EachLevel]
    public void Softplus_EqualsItsTwin(SimdLevel level) => Check<Softplus>(level, 1e-6);

    // The exponents of the others are themselves rounded: at the far end of the negative tail, e^-80, that is 80 times the rounding of
    // float32.
    [LevelTheory]
    [EachLevel]
    public void QuickGelu_EqualsItsTwin(SimdLevel level) => Check<QuickGelu>(level, 2e-5);

    [LevelTheory]
    [EachLevel]
    public void Gelu_EqualsItsTwin(SimdLevel level) => Check<Gelu>(level, 2e-5);

    [LevelTheory]
    [EachLevel]
    public void GeluTanh_EqualsItsTwin(SimdLevel level) => Check<GeluTanh>(level, 5e-5);

    [Fact]
    public void GeluTwin_KnowsPublishedValues()
    {
        // x Φ(x) from tables of the normal distribution.
        Assert.Equal(0.8413447460685429, Gelu.Of(1), 12);
        Assert.Equal(-0.1586552539314571, Gelu.Of(-1), 12);
        Assert.Equal(3 * 0.9986501019683699, Gelu.Of(3), 12);
        Assert.Equal(-6 * 9.865876450376946e-10, Gelu.Of(-6), 1e-18);
        Assert.Equal(0, Gelu.Of(0), 12);
    }

    private static void Check<TFunction>(SimdLevel level, double bound) where TFunction : struct, IElementwise
    {
        var random = new Random(9);
        float[] special =
        [
            0, -0f, 1e-45f, -1e-45f, 1e-38f, 1, -1, 88, -88, 89, -89, 104, -104, 1e30f, -1e30f, float.PositiveInfinity, float.NaN,
        ];
        // An odd number: the last go through the tail.
        var values = special.Concat(Enumerable.Range(0, 5000).Select(i => RandomNumbers.Normal(random) * MathF.Pow(10, i % 7 - 4))).ToArray();
        var actual = (float[])values.Clone();
        var ones = new float[values.Length];
        Array.Fill(ones, 1);
        fixed (float* gate = actual, up = ones) SimdKernels.Of(level).Gate<TFunction>(gate, up, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = TFunction.Of(values[i]);
            if (double.IsNaN(expected)) Assert.True(float.IsNaN(actual[i]), $"f({values[i]}) is {actual[i]}, not NaN");
            else if (Math.Abs(expected) > float.MaxValue) Assert.Equal((float)expected, actual[i]);
            else
                Assert.True(Math.Abs(expected - actual[i]) <= bound * Math.Abs(expected) + Smallest, $"f({values[i]}) is {actual[i]}, not {expected}");
        }
    }
}
