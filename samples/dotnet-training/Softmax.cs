namespace MoeDevtools.MoeTraining;

internal static class Softmax
{
    public static void Of(ReadOnlySpan<float> logits, Span<float> shares)
    {
        var (largest, sum) = (float.NegativeInfinity, 0f);
        foreach (var z in logits) largest = MathF.Max(largest, z);
        for (var i = 0; i < logits.Length; i++) sum += shares[i] = MathF.Exp(logits[i] - largest);
        foreach (ref var share in shares) share /= sum;
    }
}
