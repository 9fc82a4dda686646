using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Linear attention with a fixed decay a head and neither positions nor softmax (Lightning Attention, arXiv 2405.17381); H heads of h.</summary>
internal sealed record LightningAttention : IMixer
{
    public required LinearAttentionShape Shape { get; init; }

    /// <summary>hidden → head by head q, k, v <c>[H·3h]</c>.</summary>
    public required Linear Qkv { get; init; }

    /// <summary>On q, k and v.</summary>
    public required ActivationFunction Act { get; init; }

    /// <summary>Over all heads.</summary>
    public required RmsNorm Norm { get; init; }

    public required OutputGate Gate { get; init; }

    public required Linear O { get; init; }

    public IEnumerable<FormattableString> Words => [$"lightning attention {Shape.Heads} heads of {Shape.KeySize}", $"fixed decay per head", $"gated", $"no positions"];

    public long FixedState => Shape.FixedState;

    public MixerState CreateState(ITensorBackend backend, int capacity) => backend.CreateRecurrence(Shape.FixedState);

    public void Forward(Activation x, MixerState state, ForwardPass pass, Activation y)
    {
        var (heads, size) = (Shape.Heads, Shape.KeySize);
        using var qkv = Qkv.Forward(x, pass);                // [T, H·3h]
        pass.Backend.Apply(Act, qkv);
        using var q = pass.Part(qkv, 0, size, heads);
        using var k = pass.Part(qkv, size, size, heads);
        using var v = pass.Part(qkv, 2 * size, size, heads);
        using var o = pass.Rent(heads * size);
        pass.Backend.AttendLinearly(q, k, v, decay: null, beta: null, (Recurrence)state, Shape, o);
        Norm.Forward(o, pass, o);
        Gate.Apply(x, o, pass);
        O.Forward(o, pass, y);
    }
}
