namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="ConvolutionChannels{TLanes,TVector}"/>: sums in double.</summary>
public static unsafe class ConvolutionScalar
{
    public static void Run(in Convolution a)
    {
        for (var t = 0; t < a.Tokens; t++)
        {
            for (var c = 0; c < a.Channels; c++)
            {
                var sum = a.Bias == null ? 0.0 : a.Bias[c];
                for (var n = 0; n < a.Taps; n++) sum += (double)a.Weights.Read(c, n) * a.Input(t - (a.Taps - 1) + n)[c];
                a.Y[(nint)t * a.Channels + c] = (float)sum;
            }
        }
        a.MoveTail(0, a.Channels);
    }
}
