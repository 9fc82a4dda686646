using System.Globalization;
using System.Numerics;

namespace MoeDevtools.Models.Sampling;

/// <summary>
/// xoshiro256** (Blackman, Vigna 2018) seeded by SplitMix64: the same numbers for a seed on every machine and version, and a state that can be stored.
/// </summary>
public sealed class SeededRandom
{
    private ulong _a, _b, _c, _d;

    public SeededRandom(long seed)
    {
        var x = (ulong)seed;
        (_a, _b, _c, _d) = (SplitMix(ref x), SplitMix(ref x), SplitMix(ref x), SplitMix(ref x));
    }

    /// <summary>The four words of the state, for storing and taking up again.</summary>
    public (ulong A, ulong B, ulong C, ulong D) State
    {
        get => (_a, _b, _c, _d);
        set => (_a, _b, _c, _d) = value;
    }

    /// <summary>The state as text, 64 hexadecimal digits.</summary>
    public override string ToString() => FormattableString.Invariant($"{_a:x16}{_b:x16}{_c:x16}{_d:x16}");

    /// <summary>Takes up a state that <see cref="ToString"/> wrote.</summary>
    public void Resume(string state)
    {
        ulong Word(int i) => ulong.Parse(state.AsSpan(16 * i, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        State = (Word(0), Word(1), Word(2), Word(3));
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return (result >> 11) * (1.0 / (1ul << 53));
    }

    private static ulong SplitMix(ref ulong x)
    {
        var z = x += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
