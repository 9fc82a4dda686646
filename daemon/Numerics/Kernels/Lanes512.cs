using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static SimdLevel Level => SimdLevel.Avx512;

    public static int Width => 16;

    public static int TileTokens => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> x, float* to) => x.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> All(float x) => Vector512.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> x) => Vector512.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> x) => Vector512.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> n) => (Vector512.ConvertToInt32(n) + Vector512.Create(127) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WhereLess(Vector512<float> a, Vector512<float> b, Vector512<float> yes, Vector512<float> no) =>
        Vector512.ConditionalSelect(Vector512.LessThan(a, b), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> KeepNaN(Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, x), y, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> x) => Vector512.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxOf(Vector512<float> x)
    {
        var max = x[0];
        for (var i = 1; i < Vector512<float>.Count; i++) max = MathF.Max(max, x[i]);
        return max;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) =>
        Lanes256.Sums(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadF16(byte* from) => FromF16(Widen(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadBf16(byte* from) => (Widen(from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> EvenF16(byte* from) => FromF16(Vector512.Load((uint*)from) & Vector512.Create(0xFFFFu));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OddF16(byte* from) => FromF16(Vector512.Load((uint*)from) >>> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> EvenBf16(byte* from) => (Vector512.Load((uint*)from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OddBf16(byte* from) => (Vector512.Load((uint*)from) & Vector512.Create(0xFFFF0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadF8(byte* from)
    {
        // Exponent and mantissa go to their places in a float32, 2^120 too small for the other bias.
        var bits = WidenBytes(from).AsInt32() << 24 >> 4 & Vector512.Create(unchecked((int)0x87F00000));
        var isNaN = Vector512.Equals(bits & Vector512.Create(0x07F00000), Vector512.Create(0x07F00000));
        return Vector512.ConditionalSelect(isNaN.AsSingle(), Vector512.Create(float.NaN), bits.AsSingle() * Vector512.Create(1.329227995784916e36f));
    }

    /// <summary>The 16 values, scaled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> KeyF4(float scale) =>
        Vector512.Create(0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6) * scale;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> EvenF4(byte* from, Vector512<float> key) => FromF4(WidenBytes(from), key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OddF4(byte* from, Vector512<float> key) => FromF4(WidenBytes(from) >>> 4, key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Widen(byte* from) => Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> WidenBytes(byte* from) => Avx512F.ConvertToVector512UInt32(Vector128.Load(from));

    /// <summary>By the lower 4 bits of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromF4(Vector512<uint> codes, Vector512<float> key) => Avx512F.PermuteVar16x32(key, codes.AsInt32());

    /// <summary>
    /// float16 in the lower half of each lane; exact, subnormals without a detour over float32 subnormals (which processors do slowly).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromF16(Vector512<uint> h)
    {
        var bits = (h & Vector512.Create(0x7FFFu)) << 13;
        var rebased = bits + Vector512.Create(112u << 23);
        var exponent = bits & Vector512.Create(0x1Fu << 23);
        var special = Vector512.Equals(exponent, Vector512.Create(0x1Fu << 23)) & Vector512.Create(112u << 23);
        var small = ((bits + Vector512.Create(113u << 23)).AsSingle() - Vector512.Create(113u << 23).AsSingle()).AsUInt32();
        var magnitude = Vector512.ConditionalSelect(Vector512.Equals(exponent, Vector512<uint>.Zero), small, rebased + special);
        return (magnitude | (h & Vector512.Create(0x8000u)) << 16).AsSingle();
    }
}
