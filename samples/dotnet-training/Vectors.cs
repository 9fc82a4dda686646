namespace MoeDevtools.MoeTraining;

/// <summary>The two loops that everything is made of.</summary>
internal static class Vectors
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float even = 0, odd = 0;
        for (var i = 0; i + 1 < a.Length; i += 2) (even, odd) = (even + a[i] * b[i], odd + a[i + 1] * b[i + 1]);
        return even + odd;
    }

    /// <summary>y += a x</summary>
    public static void Add(Span<float> y, float a, ReadOnlySpan<float> x)
    {
        for (var i = 0; i < y.Length; i++) y[i] += a * x[i];
    }
}
