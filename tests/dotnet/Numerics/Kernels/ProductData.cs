using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>Random operands of a product. The memory beyond them is filled with NaN, so that reading it shows.</summary>
internal sealed unsafe class ProductData : IDisposable
{
    private readonly NativeBytes _x;
    private readonly NativeBytes _arranged;
    private readonly NativeBytes _weights;
    private readonly NativeBytes _scales;
    private readonly NativeBytes _bias;
    private readonly NativeBytes _scratch;

    public ProductData(Random random, WeightKind kind, int tokens, int rows, int columns, int misalignment)
    {
        columns = kind.Columns(columns);
        (Kind, Tokens, Rows, Columns) = (kind, tokens, rows, columns);
        var outputs = kind.First + rows * kind.Step;
        var bits = kind.Format.Bits();
        _x = new NativeBytes(4L * tokens * columns);
        _arranged = new NativeBytes(4L * tokens * BlockOrder.Padded(columns));
        _weights = new NativeBytes((long)outputs * columns * bits / 8, misalignment);
        _bias = new NativeBytes(4L * rows);
        RandomNumbers.Fill(random, X, (long)tokens * columns);
        RandomNumbers.Fill(random, kind.Format, _weights.Data, (long)outputs * columns);
        RandomNumbers.Fill(random, _bias.Floats, rows);
        var output = kind.InputMajor ? bits / 8 : columns * bits / 8;
        var view = new WeightMatrix
        {
            Data = _weights.Data + kind.First * output,
            Format = kind.Format,
            Columns = columns,
            RowStride = output * kind.Step,
            ColumnStride = kind.InputMajor ? outputs * bits / 8 : bits / 8,
            FirstStored = kind.First,
            StoredStep = kind.Step,
        };
        var (scaleRows, scaleColumns) = kind.ScaleRows == 0 ? (0, 0) : ((outputs - 1) / kind.ScaleRows + 1, (columns - 1) / kind.ScaleColumns + 1);
        _scales = new NativeBytes((long)scaleRows * scaleColumns * kind.Scales.Bits() / 8, misalignment);
        if (scaleRows > 0)
        {
            for (var i = 0; i < scaleRows * scaleColumns; i++) RandomNumbers.Write(kind.Scales, _scales.Data, i, MathF.ScaleB(1 + random.NextSingle(), random.Next(-4, 3)));
            view.Scales = _scales.Data;
            (view.ScaleFormat, view.ScaleStride) = (kind.Scales, scaleColumns * kind.Scales.Bits() / 8);
            (view.ScaleRows, view.ScaleColumns) = (kind.ScaleRows, kind.ScaleColumns);
        }
        Weights = view;
        _scratch = new NativeBytes(4 * SimdKernels.ProductScratch(view));
        Arrange();
    }

    public WeightKind Kind { get; }

    public WeightMatrix Weights { get; }

    public int Tokens { get; }

    public int Rows { get; }

    public int Columns { get; }

    public float* X => _x.Floats;

    public float* Bias => _bias.Floats;

    public float* Scratch => _scratch.Floats;

    /// <summary>To be called after a change of <see cref="X"/>.</summary>
    public void Arrange()
    {
        var padded = BlockOrder.Padded(Columns);
        for (var t = 0; t < Tokens; t++)
            BlockOrder.Arrange(X + t * Columns, Columns, Weights.SplitsPairs, _arranged.Floats + t * padded);
    }

    /// <summary>The whole product for the vector kernels.</summary>
    public Product Product(float* y) => Plain(y) with { X = _arranged.Floats, XStride = BlockOrder.Padded(Columns) };

    /// <summary>The whole product for the scalar twin.</summary>
    public Product Plain(float* y) => new() { X = X, XStride = Columns, Tokens = Tokens, W = Weights, Last = Rows, Y = y, YStride = Rows };

    /// <summary>Fails unless both agree within <paramref name="bound"/> of Σ |x w| + |bias|. Rows of x as the product names them.</summary>
    public void CheckAgainstTwin(in Product product, SimdLevel level, double bound)
    {
        using var actual = new NativeBytes(4L * product.Tokens * Rows);
        using var expected = new NativeBytes(4L * product.Tokens * Rows);
        SimdKernels.Of(level).Multiply(product with { Y = actual.Floats }, Scratch);
        ProductsScalar.Run(product with { Y = expected.Floats, X = X, XStride = Columns });
        for (var t = 0; t < product.Tokens; t++)
        {
            var x = X + (product.XRows == null ? t : product.XRows[t]) * Columns;
            for (var n = product.First; n < product.Last; n++)
            {
                var size = product.Bias == null ? 0.0 : Math.Abs(product.Bias[n]);
                for (var k = 0; k < Columns; k++) size += Math.Abs((double)x[k] * Weights.Read(n, k));
                var (found, wanted) = (actual.Floats[t * Rows + n], expected.Floats[t * Rows + n]);
                Assert.True(Math.Abs((double)found - wanted) <= bound * size + 1e-44,
                    $"{Kind} [{Tokens}, {Rows}, {Columns}] at ({t}, {n}): {found}, not {wanted} (Σ {size})");
            }
        }
    }

    public void Dispose()
    {
        _x.Dispose();
        _arranged.Dispose();
        _weights.Dispose();
        _scales.Dispose();
        _bias.Dispose();
        _scratch.Dispose();
    }
}
