using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Gated delta rule behind a short convolution (Gated DeltaNet, arXiv 2412.06464), as Qwen3-Next has it: a decay a head. n_k and n_v are the numbers of key and value heads, d_k and d_v
/// their sizes, R = n_v / n_k.
/// </summary>
internal sealed record GatedDeltaNet : IMixer
{
    public required LinearAttentionShape Shape { get; init; }

    /// <summary>hidden → all queries, all keys, all values <c>[2·n_k·d_k + n_v·d_v]</c>; with <see cref="ByKeyHead"/> also z, and in another order.</summary>
    public required Linear Qkv { get; init; }

    /// <summary>hidden → output gate z <c>[n_v·d_v]</c>; null with <see cref="ByKeyHead"/>.</summary>
    public Linear? Z { get; init; }

    /// <summary>hidden → β <c>[n_v]</c>; with <see cref="ByKeyHead"/> also a.</summary>
    public required Linear B { get; init; }

    /// <summary>hidden → a <c>[n_v]</c>, of which the decay is made; null with <see cref="ByKeyHead"/>.</summary>
    public Linear? A { get; init; }

    /// <summary>Outputs lie key head by key head: q, k, the R values and the R z of it; and the R β and the R a of it.</summary>
    public bool ByKeyHead { get; init; }

    /// <summary>Over queries, keys and values.</summary>
    public required CausalConvolution Convolution { get; init; }

    /// <summary><c>[1, n_v]</c>: the logarithm of the decay's rate.</summary>
    public required Weight ALog { get; init; }

    /// <summary><c>[1, n_v]</c>.</summary>
    public required Weight DtBias { get; init; }

    /// <summary>Over each value head.</summary>
    public required RmsNorm Norm { get; init; }

    public required Linear O { get; init; }

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"gated delta rule {Shape.Heads}/{Shape.KeyHeads} heads of {Shape.KeySize}";
            if (Shape.ValueSize != Shape.KeySize) yield return $"value {Shape.ValueSize}";
            yield return $"convolution over {Convolution.Taps}";
            yield return $"gated";
        }
    }

    public long FixedState => Convolution.FixedState + Shape.FixedState;

    private int KeyColumns => Shape.KeyHeads * Shape.KeySize;

    private int ValueColumns => Shape.Heads * Shape.ValueSize;

    public MixerState CreateState(ITensorBackend backend, int capacity) =>
        new MixerStates(Convolution.CreateState(backend), backend.CreateRecurrence(Shape.FixedState));

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var (b, states) = (pass.Backend, (MixerStates)state);
        var (mixed, gate, writes, decays) = ByKeyHead ? ProjectByKeyHead(x, pass) : (Qkv.Forward(x, pass), Z!.Forward(x, pass), B.Forward(x, pass), A!.Forward(x, pass));
        using var qkv = mixed;                               // [T, 2·n_k·d_k + n_v·d_v]
        using var z = gate;                                  // [T, n_v·d_v]
        using var beta = writes;                             // [T, n_v]
        using var decay = decays;                            // [T, n_v]

        using var c = Convolution.Forward(qkv, states[0], pass);
        using var q = pass.Part(c, 0, KeyColumns);
        using var k = pass.Part(c, KeyColumns, KeyColumns);
        using var v = pass.Part(c, 2 * KeyColumns, ValueColumns);
        Normalise(q, k, Shape.KeySize, pass);
        b.Apply(ActivationFunction.Sigmoid, beta);
        b.Decay(decay, ALog, DtBias);
        using var o = pass.Rent(ValueColumns);
        b.AttendLinearly(q, k, v, decay, beta, (Recurrence)states[1], Shape, o);
        Norm.Forward(o, pass, o);
        b.Gate(z, ActivationFunction.Silu, o);
        O.Forward(o, pass, y);
    }

    /// <summary>Each head of q and k to length 1, x / √(Σx² + 1e-6), and q times d^−½.</summary>
    public static void Normalise(Activation q, Activation k, int size, ForwardPass pass)
    {
        const float epsilon = 1e-6f;
        foreach (var (x, factor) in (ReadOnlySpan<(Activation, float)>)[(q, 1f / size), (k, 1 / MathF.Sqrt(size))])
        {
            // The norm is of the mean square: √size times the length wanted.
            pass.Backend.RmsNorm(x, null, size, epsilon / size, x);
            pass.Backend.Scale(x, factor);
        }
    }

    private (Activation Qkv, Activation Z, Activation Beta, Activation A) ProjectByKeyHead(Activation x, ForwardPass pass)
    {
        var (n, size, shared) = (Shape.KeyHeads, Shape.KeySize, Shape.Heads / Shape.KeyHeads);
        var values = shared * Shape.ValueSize;
        var step = 2 * size + 2 * values;
        using var qkvz = Qkv.Forward(x, pass);               // [T, n_k·(2·d_k + 2·R·d_v)]
        using var ba = B.Forward(x, pass);                   // [T, n_k·2R]
        var qkv = pass.Rent(2 * KeyColumns + ValueColumns);
        pass.Backend.CopyHeads(qkvz, step, 0, qkv, size, 0, size, n);
        pass.Backend.CopyHeads(qkvz, step, size, qkv, size, KeyColumns, size, n);
        pass.Backend.CopyHeads(qkvz, step, 2 * size, qkv, values, 2 * KeyColumns, values, n);
        return (qkv, pass.Part(qkvz, 2 * size + values, values, n), pass.Part(ba, 0, shared, n), pass.Part(ba, shared, shared, n));
    }
}
