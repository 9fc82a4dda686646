using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>Random operands of a product. The memory beyond them is filled with NaN, so that reading it shows.</summary>
internal sealed unsafe class ProductData : IDisposable
{
    private readonly NativeBytes _x;
    private readonly NativeBytes _arranged;
    private readonly NativeBytes _weights;
    private readonly NativeBytes _bias;

    public ProductData(Random random, WeightFormat format, int tokens, int rows, int columns, int misalignment)
    {
        (Format, Tokens, Rows, Columns) = (format, tokens, rows, columns);
        var padded = BlockOrder.Padded(columns);
        _x = new NativeBytes(4L * tokens * columns);
        _arranged = new NativeBytes(4L * tokens * padded);
        _weights = new NativeBytes((long)rows * columns * format.Size(), misalignment);
        _bias = new NativeBytes(4L * rows);
        RandomNumbers.Fill(random, X, (long)tokens * columns);
        RandomNumbers.Fill(random, format, Weights, (long)rows * columns);
        RandomNumbers.Fill(random, _bias.Floats, rows);
        Arrange();
    }

    public WeightFormat Format { get; }

    public int Tokens { get; }

    public int Rows { get; }

    public int Columns { get; }

    public float* X => _x.Floats;

    public byte* Weights => _weights.Data;

    public float* Bias => _bias.Floats;

    /// <summary>To be called after a change of <see cref="X"/>.</summary>
    public void Arrange()
    {
        var padded = BlockOrder.Padded(Columns);
        for (var t = 0; t < Tokens; t++)
            BlockOrder.Arrange(X + t * Columns, Columns, BlockOrder.SplitsPairs(Format), _arranged.Floats + t * padded);
    }

    /// <summary>The whole product for the vector kernels.</summary>
    public Product Product(float* y) => Plain(y) with { X = _arranged.Floats, XStride = BlockOrder.Padded(Columns) };

    /// <summary>The whole product for the scalar twin.</summary>
    public Product Plain(float* y) => new()
    {
        X = X,
        XStride = Columns,
        Tokens = Tokens,
        W = Weights,
        WStride = (nint)Columns * Format.Size(),
        Format = Format,
        Columns = Columns,
        Last = Rows,
        Y = y,
        YStride = Rows,
    };

    /// <summary>Fails unless both agree within <paramref name="bound"/> of Σ |x w| + |bias|. Rows of x as the product names them.</summary>
    public void CheckAgainstTwin(in Product product, SimdLevel level, double bound)
    {
        using var actual = new NativeBytes(4L * product.Tokens * Rows);
        using var expected = new NativeBytes(4L * product.Tokens * Rows);
        SimdKernels.Of(level).Multiply(product with { Y = actual.Floats });
        ProductsScalar.Run(product with { Y = expected.Floats, X = X, XStride = Columns });
        for (var t = 0; t < product.Tokens; t++)
        {
            var x = X + (product.XRows == null ? t : product.XRows[t]) * Columns;
            for (var n = product.First; n < product.Last; n++)
            {
                var size = product.Bias == null ? 0.0 : Math.Abs(product.Bias[n]);
                for (var k = 0; k < Columns; k++)
                    size += Math.Abs((double)x[k] * Format.Read(Weights, (long)n * Columns + k));
                var (found, wanted) = (actual.Floats[t * Rows + n], expected.Floats[t * Rows + n]);
                Assert.True(Math.Abs((double)found - wanted) <= bound * size + 1e-44,
                    $"{Format} [{Tokens}, {Rows}, {Columns}] at ({t}, {n}): {found}, not {wanted} (Σ {size})");
            }
        }
    }

    public void Dispose()
    {
        _x.Dispose();
        _arranged.Dispose();
        _weights.Dispose();
        _bias.Dispose();
    }
}
