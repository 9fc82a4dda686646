using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

public sealed unsafe class ProductTests
{
    // Of Σ |x w|. One lane adds up to columns/16 to columns/4 products one after the other in float32.
    private const double Bound = 1e-6;

    [LevelTheory]
    [EachLevel]
    public void RandomShapes_EqualTheScalarTwin(SimdLevel level)
    {
        var random = new Random(1);
        int[] tokens = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 31];
        int[] sizes = [1, 2, 3, 4, 5, 15, 16, 17, 20, 31, 32, 33, 63, 64, 65, 96, 131, 200, 515];
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            for (var round = 0; round < 100; round++)
            {
                var (t, rows, columns) = (tokens[random.Next(tokens.Length)], sizes[random.Next(sizes.Length)], sizes[random.Next(sizes.Length)]);
                using var data = new ProductData(random, format, t, rows, columns, misalignment: random.Next(4));
                data.CheckAgainstTwin(data.Product(null), level, Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void RowsLongerThanAPage_EqualTheScalarTwin(SimdLevel level)
    {
        var random = new Random(2);
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            foreach (var tokens in (int[])[1, 7])
            {
                using var data = new ProductData(random, format, tokens, 37, 4099, 1);
                data.CheckAgainstTwin(data.Product(null), level, Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void RowsByIndexPartOfTheWeightsAndBias_EqualTheScalarTwin(SimdLevel level)
    {
        var random = new Random(3);
        var rows = stackalloc int[] { 8, 0, 3, 3, 5, 1, 7 };
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            using var data = new ProductData(random, format, 9, 53, 70, 0);
            var product = data.Product(null) with { XRows = rows, Tokens = 7, Bias = data.Bias, First = 5, Last = 42 };
            data.CheckAgainstTwin(product, level, Bound);
        }
    }

    [LevelTheory]
    [EachLevel]
    public void ATokenAloneAndRowsInChunks_HaveTheBitsTheyHaveTogether(SimdLevel level)
    {
        var random = new Random(4);
        var kernels = SimdKernels.Of(level);
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            foreach (var (rows, columns) in ((int, int)[])[(23, 131), (64, 2048), (9, 2500)])
            {
                const int tokens = 17;
                using var data = new ProductData(random, format, tokens, rows, columns, 0);
                using var together = new NativeBytes(4L * tokens * rows);
                using var alone = new NativeBytes(4L * tokens * rows);
                kernels.Multiply(data.Product(together.Floats));
                for (var t = 0; t < tokens; t++)
                {
                    foreach (var (first, last) in ((int, int)[])[(0, rows / 3), (rows / 3, rows)])
                    {
                        var product = data.Product(alone.Floats + t * rows);
                        product.X += t * product.XStride;
                        kernels.Multiply(product with { Tokens = 1, First = first, Last = last });
                    }
                }
                Assert.True(new Span<float>(together.Data, tokens * rows).SequenceEqual(new Span<float>(alone.Data, tokens * rows)));
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void NaNOrInfinityInOneRow_StaysInThatRow(SimdLevel level)
    {
        var random = new Random(5);
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            foreach (var bad in (float[])[float.NaN, float.PositiveInfinity])
            {
                foreach (var place in (int[])[0, 33, 69])
                {
                    using var data = new ProductData(random, format, 7, 10, 70, 0);
                    using var y = new NativeBytes(4 * 7 * 10);
                    RandomNumbers.Write(format, data.Weights, 4 * 70 + place, bad);
                    SimdKernels.Of(level).Multiply(data.Product(y.Floats));
                    for (var i = 0; i < 70; i++) Assert.Equal(i % 10 == 4, !float.IsFinite(y.Floats[i]));
                }
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void EveryTwoByteValue_IsReadExactly(SimdLevel level)
    {
        var kernels = SimdKernels.Of(level);
        using var data = new NativeBytes(2 * 65536);
        using var x = new NativeBytes(4 * 32);
        using var natural = new NativeBytes(4 * 65536);
        var row = stackalloc ushort[2];
        for (var i = 0; i < 65536; i++) ((ushort*)data.Data)[i] = (ushort)i;
        foreach (var format in (WeightFormat[])[WeightFormat.F16, WeightFormat.Bf16])
        {
            kernels.Widen(format, data.Data, natural.Floats, 65536);
            for (var i = 0; i < 65536; i++)
            {
                var expected = format.Read(data.Data, i);
                AssertSame(expected, natural.Floats[i], i);

                // The same value through a product with a row of one element: as an even and as an odd element of a block.
                if (i % 64 > 1 && float.IsNormal(expected)) continue;
                foreach (var columns in (int[])[1, 2])
                {
                    float y;
                    (row[0], row[columns - 1]) = (0, (ushort)i);
                    new Span<float>(x.Data, 32).Clear();
                    x.Floats[columns == 1 ? 0 : 16] = 1;
                    kernels.Multiply(new Product
                    {
                        X = x.Floats,
                        Tokens = 1,
                        W = (byte*)row,
                        Format = format,
                        Columns = columns,
                        Last = 1,
                        Y = &y,
                    });
                    AssertSame(expected, y, i);
                }
            }
        }
    }

    private static void AssertSame(float expected, float actual, int bits) =>
        Assert.True(expected.Equals(actual), $"0x{bits:x4}: {actual}, not {expected}");
}
