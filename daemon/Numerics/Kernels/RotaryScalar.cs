namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="Rotary{TLanes,TVector}"/>, and the only one for interleaved pairs.</summary>
public static unsafe class RotaryScalar
{
    /// <summary>Rotates the pairs (x[n], x[n + pairs]).</summary>
    public static void Halves(float* x, float* cos, float* sin, int pairs)
    {
        for (var n = 0; n < pairs; n++) (x[n], x[n + pairs]) = Turn(x[n], x[n + pairs], cos[n], sin[n]);
    }

    /// <summary>Rotates the pairs (x[2n], x[2n + 1]).</summary>
    public static void Interleaved(float* x, float* cos, float* sin, int pairs)
    {
        for (var n = 0; n < pairs; n++) (x[2 * n], x[2 * n + 1]) = Turn(x[2 * n], x[2 * n + 1], cos[n], sin[n]);
    }

    private static (float A, float B) Turn(float a, float b, float cos, float sin) => (a * cos - b * sin, b * cos + a * sin);
}
