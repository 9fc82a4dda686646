namespace MoeDevtools.Models.Backends;

/// <summary>A stored weight as a backend holds it: a matrix <c>[rows, columns]</c> = <c>[out, in]</c>, or a vector <c>[1, n]</c>. Opaque; lives as long as its backend.</summary>
public abstract class Weight(string name, int rows, int columns)
{
    /// <summary>The tensor's name in the checkpoint.</summary>
    public string Name { get; } = name;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;
}

/// <summary>A float32 matrix <c>[rows, columns]</c> on the backend's device. Opaque. Disposing gives the memory back to the backend's pool.</summary>
public abstract class Activation : IDisposable
{
    /// <summary>Tokens.</summary>
    public int Rows { get; protected set; }

    public int Columns { get; protected set; }

    public abstract void Dispose();
}

/// <summary>What a mixer remembers of one sequence. Opaque; whoever made it disposes it.</summary>
public abstract class MixerState : IDisposable
{
    /// <summary>Positions seen so far.</summary>
    public virtual int Length { get; protected set; }

    /// <summary>Memory that it holds now, in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>True where a position changes what the earlier ones left, so that only a copy leads back; false where they lie side by side.</summary>
    public virtual bool Overwrites => false;

    /// <summary>What <see cref="Rewind"/> needs to come back to the present length; null where the length is enough.</summary>
    public virtual object? Save() => null;

    /// <summary>Forgets positions from <paramref name="length"/> on.</summary>
    /// <param name="length">0, or a length at which <paramref name="saved"/> was saved; any length where nothing is overwritten.</param>
    /// <param name="saved">Not used at 0.</param>
    public abstract void Rewind(int length, object? saved);

    public abstract void Dispose();
}

/// <summary>Keys and values of one attention layer: growing, or with a window the last ones.</summary>
public abstract class KeyValueCache : MixerState;

/// <summary>The keys that an indexer chose for each query of one pass. Opaque; reused from pass to pass.</summary>
public abstract class ChosenKeys : IDisposable
{
    public abstract void Dispose();
}

/// <summary>Numbers of a fixed count that each position changes: a recurrent state, or the last inputs of a convolution. Zero at first.</summary>
public abstract class Recurrence : MixerState
{
    public sealed override bool Overwrites => true;
}

/// <summary>What a router decided for the tokens of one pass, on the backend's device. Opaque; reused from pass to pass.</summary>
public abstract class RoutedTokens : IDisposable
{
    public abstract void Dispose();
}

/// <summary>The matrices of an MLP or expert: y = down( act(gate x) ⊙ up x ), or down( act(gate x) ) without <paramref name="Up"/>.</summary>
/// <param name="Gate"><c>[inner, hidden]</c>.</param>
/// <param name="Up"><c>[inner, hidden]</c>; null = the MLP is not gated.</param>
/// <param name="Down"><c>[hidden, inner]</c>.</param>
public sealed record MlpWeights(Weight Gate, Weight? Up, Weight Down)
{
    /// <summary><c>[1, inner]</c>; null = none.</summary>
    public Weight? GateBias { get; init; }

    public Weight? UpBias { get; init; }

    /// <summary><c>[1, hidden]</c>.</summary>
    public Weight? DownBias { get; init; }

    public int Inner => Gate.Rows;

    public long Parameters => new[] { Gate, Up, Down, GateBias, UpBias, DownBias }.Sum(w => w is null ? 0 : (long)w.Rows * w.Columns);
}

/// <summary>
/// What joins gate and up: f(g) ⊙ up, where a limit makes g = min(gate, limit) and clamps up to ± limit; with α too, g · σ(α g) ⊙ (up + 1) (gpt-oss).
/// </summary>
/// <param name="Function">f.</param>
/// <param name="Limit">Null = none.</param>
/// <param name="Alpha">Used with a limit; null = f is.</param>
public sealed record MlpActivation(ActivationFunction Function, float? Limit = null, float? Alpha = null)
{
    public static implicit operator MlpActivation(ActivationFunction function) => new(function);
}

/// <summary>An elementwise function: of an MLP (config key <c>hidden_act</c>), or of an output gate.</summary>
public enum ActivationFunction
{
    Silu,
    Relu,

    /// <summary>x/2 · (1 + erf(x/√2)).</summary>
    Gelu,

    /// <summary>x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))); also called gelu_new.</summary>
    GeluTanh,

    /// <summary>x σ(1.702 x).</summary>
    QuickGelu,

    /// <summary>max(x, 0)².</summary>
    Relu2,
    Sigmoid,
    Tanh,

    /// <summary>ln(1 + e^x); x itself above 20.</summary>
    Softplus,

    /// <summary>x.</summary>
    Identity,
}

/// <summary>What an attention reads of queries and cache.</summary>
/// <param name="Heads">H query heads.</param>
/// <param name="KeyValueHeads">G; query head a reads key/value head a / (H/G).</param>
/// <param name="KeySize">Size of a query and key head.</param>
/// <param name="ValueSize">Size of a value head.</param>
/// <param name="Scale">Factor on q·k.</param>
public sealed record AttentionShape(int Heads, int KeyValueHeads, int KeySize, int ValueSize, float Scale)
{
    /// <summary>Keys a query sees, its own position counted; 0 = no limit.</summary>
    public int Window { get; init; }

    /// <summary>Positions are cut into chunks of this size, and a query sees its own; 0 = not.</summary>
    public int Chunk { get; init; }

    /// <summary>Every query sees every position: an encoder's attention, or one over an encoder's output.</summary>
    public bool SeesAll { get; init; }

    /// <summary>A logit a head in the softmax's denominator, which adds nothing to the output <c>[1, H]</c>; null = none.</summary>
    public Weight? Sinks { get; init; }

    /// <summary>Learned scores by distance; null = none.</summary>
    public RelativePositions? Positions { get; init; }
}

/// <summary>What an attention with a matrix of memory a head reads.</summary>
/// <param name="Heads">Of values; head a reads query and key of key head a / (Heads / KeyHeads).</param>
/// <param name="KeyHeads">Heads of queries and keys.</param>
/// <param name="KeySize">Size of a query and key head.</param>
/// <param name="ValueSize">Size of a value head.</param>
public sealed record LinearAttentionShape(int Heads, int KeyHeads, int KeySize, int ValueSize)
{
    /// <summary>A factor of decay a head, for every token; null = each token has its own.</summary>
    public float[]? Decays { get; init; }

    /// <summary>Numbers of its state.</summary>
    public int FixedState => Heads * KeySize * ValueSize;
}

/// <summary>Scores that are added by the distance of key and query, in buckets that widen with it (T5, arXiv 1910.10683).</summary>
/// <param name="Table"><c>[buckets, H]</c>.</param>
/// <param name="MaxDistance">From here on all distances share the last bucket.</param>
/// <param name="BothWays">Half of the buckets are for keys after the query: an encoder's.</param>
public sealed record RelativePositions(Weight Table, int MaxDistance, bool BothWays);

/// <summary>Rotary frequencies, ready to use.</summary>
/// <param name="Frequencies">ω, one a pair of rotating components, <c>[rotary / 2]</c>.</param>
/// <param name="Factor">On cos and sin.</param>
/// <param name="Interleaved">True: components 2n and 2n+1 pair; false: n and n + rotary/2.</param>
public sealed record RotaryFrequencies(float[] Frequencies, float Factor, bool Interleaved);

/// <summary>The numbers of a selective state space (Mamba): H heads of P channels, each with a state <c>[P, N]</c>; head a reads B and C of group a / (H/G).</summary>
/// <param name="Heads">H.</param>
/// <param name="HeadSize">P.</param>
/// <param name="StateSize">N.</param>
/// <param name="Groups">G.</param>
/// <param name="ALog">ln(−A): <c>[1, H]</c>, one number a head, or <c>[H, N]</c> where heads are single channels (P = G = 1).</param>
/// <param name="D">What a head adds of its input <c>[1, H]</c>.</param>
public sealed record StateSpace(int Heads, int HeadSize, int StateSize, int Groups, Weight ALog, Weight D)
{
    /// <summary>Added to the time steps before softplus <c>[1, H]</c>; null = nothing.</summary>
    public Weight? StepBias { get; init; }

    /// <summary>The time steps are not less, after softplus.</summary>
    public float LeastStep { get; init; }

    public float MostStep { get; init; } = float.PositiveInfinity;

    public int Channels => Heads * HeadSize;

    /// <summary>Numbers of the state.</summary>
    public int Numbers => Channels * StateSize;
}
