namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="LinearAttentionColumns{TLanes,TVector}"/>: the definition, with sums in double.</summary>
public static unsafe class LinearAttentionScalar
{
    public static void Run(in LinearAttention a)
    {
        for (var t = 0; t < a.Tokens; t++)
        {
            for (var h = 0; h < a.Heads; h++) RunHead(a, t, h);
        }
    }

    private static void RunHead(in LinearAttention a, int token, int head)
    {
        var state = a.State + (nint)head * a.KeySize * a.ValueSize;
        float* q = a.QueryOf(token, head), k = a.KeyOf(token, head), v = a.ValueOf(token, head), decay = a.DecayOf(token, head), y = a.OutputOf(token, head);
        for (var c = 0; c < a.ValueSize; c++)
        {
            double answer = 0, output = 0;
            for (var i = 0; i < a.KeySize; i++)
                answer += (double)decay[a.DecaysChannels ? i : 0] * state[(nint)i * a.ValueSize + c] * k[i];
            var u = a.Betas == null ? v[c] : a.BetaOf(token, head) * (v[c] - answer);
            for (var i = 0; i < a.KeySize; i++)
            {
                ref var s = ref state[(nint)i * a.ValueSize + c];
                var next = (double)decay[a.DecaysChannels ? i : 0] * s + k[i] * u;
                output += next * q[i];
                s = (float)next;
            }
            y[c] = (float)output;
        }
    }
}
