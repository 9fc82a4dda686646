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

/// <summary>Keys and values of one attention layer for one sequence, growing. Opaque. Length counts positions from 0.</summary>
public abstract class KeyValueCache : IDisposable
{
    public int Length { get; protected set; }

    /// <summary>Forgets positions from <paramref name="length"/> on.</summary>
    public abstract void Truncate(int length);

    public abstract void Dispose();
}

/// <summary>What a router decided for the tokens of one pass, on the backend's device. Opaque; reused from pass to pass.</summary>
public abstract class RoutedTokens : IDisposable
{
    public abstract void Dispose();
}

/// <summary>The three matrices of a gated MLP or expert: y = down( act(gate x) ⊙ up x ).</summary>
/// <param name="Gate"><c>[inner, hidden]</c>.</param>
/// <param name="Up"><c>[inner, hidden]</c>.</param>
/// <param name="Down"><c>[hidden, inner]</c>.</param>
public sealed record GatedWeights(Weight Gate, Weight Up, Weight Down);

/// <summary>Elementwise function of a gated MLP (config key <c>hidden_act</c>).</summary>
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
}

/// <summary>What an attention reads of queries and cache.</summary>
/// <param name="Heads">H query heads.</param>
/// <param name="KeyValueHeads">G; query head a reads key/value head a / (H/G).</param>
/// <param name="KeySize">Size of a query and key head.</param>
/// <param name="ValueSize">Size of a value head.</param>
/// <param name="Scale">Factor on q·k.</param>
/// <param name="Window">Keys a query sees, its own position counted; 0 = all before it.</param>
public sealed record AttentionShape(int Heads, int KeyValueHeads, int KeySize, int ValueSize, float Scale, int Window = 0);

/// <summary>Rotary frequencies, ready to use.</summary>
/// <param name="Frequencies">ω, one a pair of rotating components, <c>[rotary / 2]</c>.</param>
/// <param name="Factor">On cos and sin.</param>
/// <param name="Interleaved">True: components 2n and 2n+1 pair; false: n and n + rotary/2.</param>
public sealed record RotaryFrequencies(float[] Frequencies, float Factor, bool Interleaved);
