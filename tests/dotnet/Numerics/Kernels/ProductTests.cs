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
        foreach (var kind in WeightKind.All)
        {
            for (var round = 0; round < 40; round++)
            {
                var (t, rows, columns) = (tokens[random.Next(tokens.Length)], sizes[random.Next(sizes.Length)], sizes[random.Next(sizes.Length)]);
                using var data = new ProductData(random, kind, t, rows, columns, misalignment: random.Next(4));
                data.CheckAgainstTwin(data.Product(null), level, Bound);
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void RowsLongerThanAPage_EqualTheScalarTwin(SimdLevel level)
    {
        var random = new Random(2);
        foreach (var kind in WeightKind.All)
        {
            foreach (var tokens in (int[])[1, 7])
            {
                using var data = new ProductData(random, kind, tokens, 37, 4099, 1);
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
        foreach (var kind in WeightKind.All)
        {
            using var data = new ProductData(random, kind, 9, 53, 70, 0);
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
        foreach (var kind in WeightKind.All)
        {
            foreach (var (rows, columns) in ((int, int)[])[(23, 131), (64, 2048), (9, 2500)])
            {
                const int tokens = 17;
                using var data = new ProductData(random, kind, tokens, rows, columns, 0);
                using var together = new NativeBytes(4L * tokens * rows);
                using var alone = new NativeBytes(4L * tokens * rows);
                kernels.Multiply(data.Product(together.Floats), data.Scratch);
                for (var t = 0; t < tokens; t++)
                {
                    foreach (var (first, last) in ((int, int)[])[(0, rows / 3), (rows / 3, rows)])
                    {
                        var product = data.Product(alone.Floats + t * rows);
                        product.X += t * product.XStride;
                        kernels.Multiply(product with { Tokens = 1, First = first, Last = last }, data.Scratch);
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
        foreach (var kind in WeightKind.All.Where(k => k is { First: 0, Step: 1 }))
        {
            var bits = kind.Format.Bits();
            foreach (var bad in bits < 8 ? (float[])[] : bits == 8 ? [float.NaN] : [float.NaN, float.PositiveInfinity])
            {
                foreach (var place in (int[])[0, 33, 69])
                {
                    using var data = new ProductData(random, kind, 7, 10, 70, 0);
                    using var y = new NativeBytes(4 * 7 * 10);
                    RandomNumbers.Write(kind.Format, data.Weights.Data, kind.InputMajor ? place * 10 + 4 : 4 * 70 + place, bad);
                    SimdKernels.Of(level).Multiply(data.Product(y.Floats), data.Scratch);
                    for (var i = 0; i < 70; i++) Assert.Equal(i % 10 == 4, !float.IsFinite(y.Floats[i]));
                }
            }
        }
    }

    [LevelTheory]
    [EachLevel]
    public void EveryCode_IsReadExactly(SimdLevel level)
    {
        using var data = new NativeBytes(2 * 65536);
        using var natural = new NativeBytes(4 * 65536);
        for (var i = 0; i < 65536; i++) ((ushort*)data.Data)[i] = (ushort)i;
        foreach (var format in (WeightFormat[])[WeightFormat.F16, WeightFormat.Bf16])
        {
            SimdKernels.Of(level).Widen(new WeightMatrix { Data = data.Data, Format = format, Columns = 65536, ColumnStride = 2 }, 0, natural.Floats);
            for (var i = 0; i < 65536; i++)
            {
                var expected = format.Read(data.Data, i);
                AssertSame(expected, natural.Floats[i], i);
                if (i % 64 <= 1 || !float.IsNormal(expected)) CheckAlone(level, format, i, expected);
            }
        }
        foreach (var format in (WeightFormat[])[WeightFormat.F8E4M3, WeightFormat.F4E2M1])
        {
            for (var i = 0; i < 1 << format.Bits(); i++)
            {
                var code = (byte)i;
                CheckAlone(level, format, i, format.Read(&code, 0));
            }
        }
    }

    /// <summary>The value through a product with a row of one block: in each place where a block begins or ends a half.</summary>
    private static void CheckAlone(SimdLevel level, WeightFormat format, int code, float expected)
    {
        var row = stackalloc byte[64];
        var x = stackalloc float[32];
        var arranged = stackalloc float[32];
        using var scratch = new NativeBytes(4 * SimdKernels.ProductScratch(new WeightMatrix { Format = format, Columns = 32 }));
        foreach (var place in (int[])[0, 1, 15, 16, 30, 31])
        {
            new Span<byte>(row, 64).Clear();
            new Span<float>(x, 32).Clear();
            x[place] = 1;
            switch (format.Bits())
            {
                case 16: ((ushort*)row)[place] = (ushort)code; break;
                case 8: row[place] = (byte)code; break;
                default: row[place / 2] = (byte)(code << place % 2 * 4); break;
            }
            var w = new WeightMatrix { Data = row, Format = format, Columns = 32, ColumnStride = format.Bits() / 8 };
            BlockOrder.Arrange(x, 32, w.SplitsPairs, arranged);
            float y;
            SimdKernels.Of(level).Multiply(new Product { X = arranged, Tokens = 1, W = w, Last = 1, Y = &y }, scratch.Floats);
            AssertSame(expected, y, code);
        }
    }

    private static void AssertSame(float expected, float actual, int bits) =>
        Assert.True(expected.Equals(actual) || expected == actual, $"0x{bits:x4}: {actual}, not {expected}");
}
