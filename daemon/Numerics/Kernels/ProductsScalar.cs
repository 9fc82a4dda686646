namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of the products in vectors: one loop, sums in double.</summary>
public static unsafe class ProductsScalar
{
    /// <summary>X in its natural order, not in block order.</summary>
    public static void Run(in Product p)
    {
        for (var t = 0; t < p.Tokens; t++)
        {
            var x = p.XRow(t);
            for (var n = p.First; n < p.Last; n++)
            {
                var sum = 0.0;
                for (var k = 0; k < p.W.Columns; k++) sum += (double)x[k] * p.W.Read(n, k);
                if (p.Bias != null) sum += p.Bias[n];
                p.Y[t * p.YStride + n] = (float)sum;
            }
        }
    }
}
