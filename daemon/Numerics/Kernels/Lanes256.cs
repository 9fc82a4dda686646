using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static SimdLevel Level => SimdLevel.Avx2;

    public static int Width => 8;

    public static int TileTokens => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> x, float* to) => x.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> All(float x) => Vector256.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Abs(Vector256<float> x) => Vector256.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Round(Vector256<float> x) => Vector256.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> PowerOfTwo(Vector256<float> n) => (Vector256.ConvertToInt32(n) + Vector256.Create(127) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WhereLess(Vector256<float> a, Vector256<float> b, Vector256<float> yes, Vector256<float> no) =>
        Vector256.ConditionalSelect(Vector256.LessThan(a, b), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> KeepNaN(Vector256<float> x, Vector256<float> y) =>
        Vector256.ConditionalSelect(Vector256.Equals(x, x), y, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> x) => Vector256.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxOf(Vector256<float> x)
    {
        var max = x[0];
        for (var i = 1; i < Vector256<float>.Count; i++) max = MathF.Max(max, x[i]);
        return max;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) =>
        Lanes128.Sums(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadF16(byte* from) => FromF16(Widen(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadBf16(byte* from) => (Widen(from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> EvenF16(byte* from) => FromF16(Vector256.Load((uint*)from) & Vector256.Create(0xFFFFu));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OddF16(byte* from) => FromF16(Vector256.Load((uint*)from) >>> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> EvenBf16(byte* from) => (Vector256.Load((uint*)from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OddBf16(byte* from) => (Vector256.Load((uint*)from) & Vector256.Create(0xFFFF0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadF8(byte* from)
    {
        // Exponent and mantissa go to their places in a float32, 2^120 too small for the other bias.
        var bits = WidenBytes(from).AsInt32() << 24 >> 4 & Vector256.Create(unchecked((int)0x87F00000));
        var isNaN = Vector256.Equals(bits & Vector256.Create(0x07F00000), Vector256.Create(0x07F00000));
        return Vector256.ConditionalSelect(isNaN.AsSingle(), Vector256.Create(float.NaN), bits.AsSingle() * Vector256.Create(1.329227995784916e36f));
    }

    /// <summary>The 8 magnitudes, scaled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> KeyF4(float scale) => Vector256.Create(0, 0.5f, 1, 1.5f, 2, 3, 4, 6) * scale;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> EvenF4(byte* from, Vector256<float> key) => FromF4(WidenBytes(from), key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OddF4(byte* from, Vector256<float> key) => FromF4(WidenBytes(from) >>> 4, key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Widen(byte* from) => Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)from)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> WidenBytes(byte* from) => Avx2.ConvertToVector256Int32(Vector64.Load(from).ToVector128Unsafe()).AsUInt32();

    /// <summary>By the lower 4 bits of each lane: 3 of magnitude, then the sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromF4(Vector256<uint> codes, Vector256<float> key) =>
        Avx2.PermuteVar8x32(key, codes.AsInt32()) ^ (codes << 28 & Vector256.Create(0x80000000)).AsSingle();

    /// <summary>
    /// float16 in the lower half of each lane; exact, subnormals without a detour over float32 subnormals (which processors do slowly).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromF16(Vector256<uint> h)
    {
        var bits = (h & Vector256.Create(0x7FFFu)) << 13;
        var rebased = bits + Vector256.Create(112u << 23);
        var exponent = bits & Vector256.Create(0x1Fu << 23);
        var special = Vector256.Equals(exponent, Vector256.Create(0x1Fu << 23)) & Vector256.Create(112u << 23);
        var small = ((bits + Vector256.Create(113u << 23)).AsSingle() - Vector256.Create(113u << 23).AsSingle()).AsUInt32();
        var magnitude = Vector256.ConditionalSelect(Vector256.Equals(exponent, Vector256<uint>.Zero), small, rebased + special);
        return (magnitude | (h & Vector256.Create(0x8000u)) << 16).AsSingle();
    }
}
