namespace MoeDevtools.Numerics.Kernels;

public static unsafe class RotaryAngles
{
    /// <summary>
    /// cos and sin of position · ω, times <paramref name="factor"/>, for one position: <c>[frequencies]</c> each. The angle is the float32
    /// product, as in the models' reference implementation; its cosine is made in double.
    /// </summary>
    public static void Fill(ReadOnlySpan<float> frequencies, int position, float factor, float* cos, float* sin)
    {
        for (var n = 0; n < frequencies.Length; n++)
        {
            var (s, c) = Math.SinCos((float)position * frequencies[n]);
            cos[n] = (float)c * factor;
            sin[n] = (float)s * factor;
        }
    }
}
