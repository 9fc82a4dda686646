using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// Channels lie in lanes and every row of a pass goes through them, so that the state of a vector's channels stays in the nearest cache. Channels that fill no vector go through one on the
/// stack.
/// </summary>
[SkipLocalsInit]
internal static unsafe class StateScans<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int ItemChannels = 64;

    public static int Items(in StateScan s) => s.RatePerNumber ? (s.Heads + ItemChannels - 1) / ItemChannels : s.Heads;

    public static void Run(in StateScan s, int item)
    {
        var edge = stackalloc float[16];
        new Span<float>(edge, 16).Clear();
        if (s.RatePerNumber)
        {
            var end = Math.Min(s.Heads, (item + 1) * ItemChannels);
            for (var first = item * ItemChannels; first < end; first += TLanes.Width) OwnRates(s, first, Math.Min(TLanes.Width, end - first), edge);
        }
        else for (var first = 0; first < s.HeadSize; first += TLanes.Width) HeadRate(s, item, first, Math.Min(TLanes.Width, s.HeadSize - first), edge);
    }

    /// <summary>Channels <paramref name="first"/>... of <paramref name="head"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HeadRate(in StateScan s, int head, int first, int count, float* edge)
    {
        var (size, last) = ((nint)s.HeadSize, s.StateSize - 1);
        var state = s.State + (nint)head * s.StateSize * size + first;
        var skip = TLanes.All(s.Skip[head]);
        for (var t = 0; t < s.Tokens; t++)
        {
            var place = (nint)t * s.Channels + head * size + first;
            float* b = s.B + s.GroupOf(t, head), c = s.C + s.GroupOf(t, head);
            var step = TLanes.All(s.Steps[(nint)t * s.Heads + head]);
            var decay = VectorMath<TLanes, TVector>.Exp(TLanes.Multiply(step, TLanes.All(s.Rates[head])));
            var x = Load(s.X + place, count, edge);
            var input = TLanes.Multiply(step, x);
            // Two sums, so that no addition waits for the one before.
            TVector even = TLanes.Multiply(skip, x), odd = default;
            var n = 0;
            for (; n < last; n += 2)
            {
                float* from = state + n * size, next = from + size;
                var s0 = TLanes.MultiplyAdd(decay, Load(from, count, edge), TLanes.Multiply(input, TLanes.All(b[n])));
                var s1 = TLanes.MultiplyAdd(decay, Load(next, count, edge), TLanes.Multiply(input, TLanes.All(b[n + 1])));
                Store(s0, from, count, edge);
                Store(s1, next, count, edge);
                even = TLanes.MultiplyAdd(s0, TLanes.All(c[n]), even);
                odd = TLanes.MultiplyAdd(s1, TLanes.All(c[n + 1]), odd);
            }
            if (n == last)
            {
                var s0 = TLanes.MultiplyAdd(decay, Load(state + n * size, count, edge), TLanes.Multiply(input, TLanes.All(b[n])));
                Store(s0, state + n * size, count, edge);
                even = TLanes.MultiplyAdd(s0, TLanes.All(c[n]), even);
            }
            Store(TLanes.Add(even, odd), s.Y + place, count, edge);
        }
    }

    /// <summary>Channels <paramref name="first"/>..., each a head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OwnRates(in StateScan s, int first, int count, float* edge)
    {
        var (heads, size) = ((nint)s.Heads, s.StateSize);
        float* rates = s.Rates + first, state = s.State + first;
        var skip = Load(s.Skip + first, count, edge);
        for (var t = 0; t < s.Tokens; t++)
        {
            var place = t * heads + first;
            float* b = s.B + (nint)t * size, c = s.C + (nint)t * size;
            var (step, x) = (Load(s.Steps + place, count, edge), Load(s.X + place, count, edge));
            var input = TLanes.Multiply(step, x);
            var y = TLanes.Multiply(skip, x);
            for (var n = 0; n < size; n++)
            {
                var decay = VectorMath<TLanes, TVector>.Exp(TLanes.Multiply(step, Load(rates + n * heads, count, edge)));
                var next = TLanes.MultiplyAdd(decay, Load(state + n * heads, count, edge), TLanes.Multiply(input, TLanes.All(b[n])));
                Store(next, state + n * heads, count, edge);
                y = TLanes.MultiplyAdd(next, TLanes.All(c[n]), y);
            }
            Store(y, s.Y + place, count, edge);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(float* from, int count, float* edge)
    {
        if (count == TLanes.Width) return TLanes.Load(from);
        for (var i = 0; i < count; i++) edge[i] = from[i];
        return TLanes.Load(edge);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector x, float* to, int count, float* edge)
    {
        if (count == TLanes.Width)
        {
            TLanes.Store(x, to);
            return;
        }
        TLanes.Store(x, edge);
        for (var i = 0; i < count; i++) to[i] = edge[i];
    }
}
