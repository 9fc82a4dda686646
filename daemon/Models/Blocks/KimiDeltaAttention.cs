using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Gated delta rule with a decay for each key channel (Kimi Delta Attention, arXiv 2510.26692); M heads of b.</summary>
internal sealed record KimiDeltaAttention : IMixer
{
    public required LinearAttentionShape Shape { get; init; }

    /// <summary>hidden → <c>[M·b]</c>, and so K and V.</summary>
    public required Linear Q { get; init; }

    public required Linear K { get; init; }

    public required Linear V { get; init; }

    public required CausalConvolution QConvolution { get; init; }

    public required CausalConvolution KConvolution { get; init; }

    public required CausalConvolution VConvolution { get; init; }

    /// <summary>hidden → b → decay <c>[M·b]</c>.</summary>
    public required (Linear A, Linear B) F { get; init; }

    /// <summary><c>[1, M]</c>: the logarithm of the decay's rate.</summary>
    public required Weight ALog { get; init; }

    /// <summary><c>[1, M·b]</c>.</summary>
    public required Weight DtBias { get; init; }

    /// <summary>hidden → β <c>[M]</c>.</summary>
    public required Linear Beta { get; init; }

    /// <summary>hidden → b → output gate <c>[M·b]</c>.</summary>
    public required (Linear A, Linear B) G { get; init; }

    /// <summary>Over each head.</summary>
    public required RmsNorm Norm { get; init; }

    public required Linear O { get; init; }

    public IEnumerable<FormattableString> Words =>
        [$"gated delta rule {Shape.Heads}/{Shape.KeyHeads} heads of {Shape.KeySize}", $"decay per channel", $"convolution over {QConvolution.Taps}", $"gated"];

    public long FixedState => QConvolution.FixedState + KConvolution.FixedState + VConvolution.FixedState + Shape.FixedState;

    public MixerState CreateState(ITensorBackend backend, int capacity) => new MixerStates(
        QConvolution.CreateState(backend), KConvolution.CreateState(backend), VConvolution.CreateState(backend), backend.CreateRecurrence(Shape.FixedState));

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var (b, states) = (pass.Backend, (MixerStates)state);
        using var q = Convolved(Q, QConvolution, states[0]); // [T, M·b]
        using var k = Convolved(K, KConvolution, states[1]);
        using var v = Convolved(V, VConvolution, states[2]);
        GatedDeltaNet.Normalise(q, k, Shape.KeySize, pass);
        using var decay = Through(F);                        // [T, M·b]
        b.Decay(decay, ALog, DtBias);
        using var beta = Beta.Forward(x, pass);              // [T, M]
        b.Apply(ActivationFunction.Sigmoid, beta);
        using var o = pass.Rent(v.Columns);
        b.AttendLinearly(q, k, v, decay, beta, (Recurrence)states[3], Shape, o);
        Norm.Forward(o, pass, o);
        using var gate = Through(G);
        b.Gate(gate, ActivationFunction.Sigmoid, o);
        O.Forward(o, pass, y);

        Activation Convolved(Linear projection, CausalConvolution convolution, MixerState tail)
        {
            using var projected = projection.Forward(x, pass);
            return convolution.Forward(projected, tail, pass);
        }

        Activation Through((Linear A, Linear B) rank)
        {
            using var a = rank.A.Forward(x, pass);
            return rank.B.Forward(a, pass);
        }
    }
}
