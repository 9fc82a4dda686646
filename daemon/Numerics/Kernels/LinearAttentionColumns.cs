using System.Runtime.CompilerServices;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A <see cref="LinearAttention"/> cut into items that run on their own: a block of columns of one head's S, two vectors wide, which stays in the first-level cache while all tokens of a
/// pass go by. No column needs another, so the state crosses the memory once a pass, not once a token, with the very operations of the definition: no value depends on the pass that
/// its token is in. (Chunks of tokens as matrix products, arXiv 2406.06484, take as many operations or more, and other roundings.)
/// </summary>
[SkipLocalsInit]
internal static unsafe class LinearAttentionColumns<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private static int Width => 2 * TLanes.Width;

    /// <summary>Floats of scratch memory that one item needs.</summary>
    public static long Scratch(in LinearAttention a) => (long)a.KeySize * (Width + 1);

    public static int Items(in LinearAttention a) => a.Heads * BlocksOf(a);

    /// <remarks>State: head by head, block by block, <c>[KeySize, columns of the block]</c>. What fills no block goes through one in scratch memory.</remarks>
    public static void Run(in LinearAttention a, int item, float* scratch)
    {
        var (head, block) = Math.DivRem(item, BlocksOf(a));
        var first = block * Width;
        var columns = Math.Min(Width, a.ValueSize - first);
        var stored = a.State + ((nint)head * a.ValueSize + first) * a.KeySize;
        var state = columns == Width ? stored : scratch + a.KeySize;
        if (columns < Width)
        {
            for (var i = 0; i < a.KeySize; i++) Copy(stored + (nint)i * columns, state + (nint)i * Width, columns);
        }
        Run(a, head, first, columns, state, scratch);
        if (columns < Width)
        {
            for (var i = 0; i < a.KeySize; i++) new ReadOnlySpan<float>(state + (nint)i * Width, columns).CopyTo(new Span<float>(stored + (nint)i * columns, columns));
        }
    }

    private static int BlocksOf(in LinearAttention a) => (a.ValueSize + Width - 1) / Width;

    /// <param name="a">The whole attention.</param>
    /// <param name="head">The head.</param>
    /// <param name="first">The first column.</param>
    /// <param name="columns">Columns that count.</param>
    /// <param name="state"><c>[KeySize, Width]</c>.</param>
    /// <param name="decayedKey">Scratch <c>[KeySize]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(in LinearAttention a, int head, int first, int columns, float* state, float* decayedKey)
    {
        float* u = stackalloc float[Width], output = stackalloc float[Width], answer = stackalloc float[Width];
        if (a.Betas != null)
        {
            DecayKey(a, 0, head, decayedKey);
            Answer(state, decayedKey, a.KeySize, answer);
        }
        for (var t = 0; t < a.Tokens; t++)
        {
            Copy(a.ValueOf(t, head) + first, u, columns);
            if (a.Betas == null)
            {
                Update(state, a.DecayOf(t, head), a.DecaysChannels, a.KeyOf(t, head), u, a.QueryOf(t, head), a.KeySize, output);
            }
            else
            {
                Correct(u, answer, a.BetaOf(t, head));
                if (t + 1 < a.Tokens) DecayKey(a, t + 1, head, decayedKey);
                UpdateAndAnswer(state, a.DecayOf(t, head), a.DecaysChannels, a.KeyOf(t, head), u, a.QueryOf(t, head), a.KeySize, output, decayedKey, answer);
            }
            new ReadOnlySpan<float>(output, columns).CopyTo(new Span<float>(a.OutputOf(t, head) + first, columns));
        }
    }

    /// <summary>diag(decay) k of a token: what the decayed memory answers to k is what the memory itself answers to this.</summary>
    private static void DecayKey(in LinearAttention a, int token, int head, float* to)
    {
        float* k = a.KeyOf(token, head), decay = a.DecayOf(token, head);
        for (var i = 0; i < a.KeySize; i++) to[i] = k[i] * decay[a.DecaysChannels ? i : 0];
    }

    /// <summary>u = β (u − answer).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Correct(float* u, float* answer, float beta)
    {
        var factor = TLanes.All(beta);
        TLanes.Store(TLanes.Multiply(factor, TLanes.Subtract(TLanes.Load(u), TLanes.Load(answer))), u);
        u += TLanes.Width;
        answer += TLanes.Width;
        TLanes.Store(TLanes.Multiply(factor, TLanes.Subtract(TLanes.Load(u), TLanes.Load(answer))), u);
    }

    /// <summary>answer = Sᵀ k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Answer(float* state, float* k, int size, float* answer)
    {
        TVector a0 = default, a1 = default;
        for (var i = 0; i < size; i++, state += Width)
        {
            var key = TLanes.All(k[i]);
            a0 = TLanes.MultiplyAdd(key, TLanes.Load(state), a0);
            a1 = TLanes.MultiplyAdd(key, TLanes.Load(state + TLanes.Width), a1);
        }
        TLanes.Store(a0, answer);
        TLanes.Store(a1, answer + TLanes.Width);
    }

    /// <summary>S ← diag(decay) S + k uᵀ; output = Sᵀ q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update(float* state, float* decay, bool channels, float* k, float* u, float* q, int size, float* output)
    {
        TVector u0 = TLanes.Load(u), u1 = TLanes.Load(u + TLanes.Width), o0 = default, o1 = default;
        nint step = channels ? 1 : 0;
        for (var i = 0; i < size; i++, state += Width, decay += step)
        {
            TVector factor = TLanes.All(*decay), key = TLanes.All(k[i]), query = TLanes.All(q[i]);
            var s0 = TLanes.MultiplyAdd(key, u0, TLanes.Multiply(factor, TLanes.Load(state)));
            var s1 = TLanes.MultiplyAdd(key, u1, TLanes.Multiply(factor, TLanes.Load(state + TLanes.Width)));
            o0 = TLanes.MultiplyAdd(query, s0, o0);
            o1 = TLanes.MultiplyAdd(query, s1, o1);
            TLanes.Store(s0, state);
            TLanes.Store(s1, state + TLanes.Width);
        }
        TLanes.Store(o0, output);
        TLanes.Store(o1, output + TLanes.Width);
    }

    /// <summary>The same, and in the same walk answer = Sᵀ next, as <see cref="Answer"/> has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateAndAnswer(float* state, float* decay, bool channels, float* k, float* u, float* q, int size, float* output, float* next, float* answer)
    {
        TVector u0 = TLanes.Load(u), u1 = TLanes.Load(u + TLanes.Width), o0 = default, o1 = default, a0 = default, a1 = default;
        nint step = channels ? 1 : 0;
        for (var i = 0; i < size; i++, state += Width, decay += step)
        {
            TVector factor = TLanes.All(*decay), key = TLanes.All(k[i]), query = TLanes.All(q[i]), asked = TLanes.All(next[i]);
            var s0 = TLanes.MultiplyAdd(key, u0, TLanes.Multiply(factor, TLanes.Load(state)));
            var s1 = TLanes.MultiplyAdd(key, u1, TLanes.Multiply(factor, TLanes.Load(state + TLanes.Width)));
            o0 = TLanes.MultiplyAdd(query, s0, o0);
            o1 = TLanes.MultiplyAdd(query, s1, o1);
            a0 = TLanes.MultiplyAdd(asked, s0, a0);
            a1 = TLanes.MultiplyAdd(asked, s1, a1);
            TLanes.Store(s0, state);
            TLanes.Store(s1, state + TLanes.Width);
        }
        TLanes.Store(o0, output);
        TLanes.Store(o1, output + TLanes.Width);
        TLanes.Store(a0, answer);
        TLanes.Store(a1, answer + TLanes.Width);
    }

    /// <summary>Fills a vector pair with a few numbers and zeros.</summary>
    private static void Copy(float* from, float* to, int columns)
    {
        new ReadOnlySpan<float>(from, columns).CopyTo(new Span<float>(to, columns));
        new Span<float>(to + columns, Width - columns).Clear();
    }
}
