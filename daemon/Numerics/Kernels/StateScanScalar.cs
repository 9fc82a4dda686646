namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="StateScans{TLanes,TVector}"/>: sums in double.</summary>
public static unsafe class StateScanScalar
{
    public static void Run(in StateScan s)
    {
        for (var t = 0; t < s.Tokens; t++)
        {
            for (var h = 0; h < s.Heads; h++)
            {
                for (var p = 0; p < s.HeadSize; p++) RunChannel(s, t, h, p);
            }
        }
    }

    private static void RunChannel(in StateScan s, int token, int head, int p)
    {
        var channel = (nint)token * s.Channels + head * s.HeadSize + p;
        double step = s.Steps[(nint)token * s.Heads + head], x = s.X[channel];
        float* b = s.B + s.GroupOf(token, head), c = s.C + s.GroupOf(token, head);
        var y = s.Skip[head] * x;
        for (var n = 0; n < s.StateSize; n++)
        {
            ref var state = ref s.State[s.RatePerNumber ? (nint)n * s.Heads + head : ((nint)head * s.StateSize + n) * s.HeadSize + p];
            var decay = Math.Exp(step * s.Rates[s.RatePerNumber ? (nint)n * s.Heads + head : head]);
            var next = decay * state + step * x * b[n];
            state = (float)next;
            y += next * c[n];
        }
        s.Y[channel] = (float)y;
    }
}
