using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeDevtools.Numerics.Kernels;

internal readonly unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static SimdLevel Level => SimdLevel.Vector128;

    public static int Width => 4;

    public static int TileTokens => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* from) => Vector128.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> x, float* to) => x.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> All(float x) => Vector128.Create(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> a, Vector128<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Abs(Vector128<float> x) => Vector128.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Round(Vector128<float> x) => Vector128.Round(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> PowerOfTwo(Vector128<float> n) => (Vector128.ConvertToInt32(n) + Vector128.Create(127) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WhereLess(Vector128<float> a, Vector128<float> b, Vector128<float> yes, Vector128<float> no) =>
        Vector128.ConditionalSelect(Vector128.LessThan(a, b), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> KeepNaN(Vector128<float> x, Vector128<float> y) =>
        Vector128.ConditionalSelect(Vector128.Equals(x, x), y, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> x) => Vector128.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxOf(Vector128<float> x)
    {
        var max = x[0];
        for (var i = 1; i < Vector128<float>.Count; i++) max = MathF.Max(max, x[i]);
        return max;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (!Sse.IsSupported) return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
        var ab = Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b);
        var cd = Sse.UnpackLow(c, d) + Sse.UnpackHigh(c, d);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadF16(byte* from) => FromF16(Widen(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadBf16(byte* from) => (Widen(from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> EvenF16(byte* from) => FromF16(Vector128.Load((uint*)from) & Vector128.Create(0xFFFFu));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> OddF16(byte* from) => FromF16(Vector128.Load((uint*)from) >>> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> EvenBf16(byte* from) => (Vector128.Load((uint*)from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> OddBf16(byte* from) => (Vector128.Load((uint*)from) & Vector128.Create(0xFFFF0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadF8(byte* from)
    {
        // Exponent and mantissa go to their places in a float32, 2^120 too small for the other bias.
        var bits = WidenBytes(from).AsInt32() << 24 >> 4 & Vector128.Create(unchecked((int)0x87F00000));
        var isNaN = Vector128.Equals(bits & Vector128.Create(0x07F00000), Vector128.Create(0x07F00000));
        return Vector128.ConditionalSelect(isNaN.AsSingle(), Vector128.Create(float.NaN), bits.AsSingle() * Vector128.Create(1.329227995784916e36f));
    }

    /// <summary>Half the scale: the table of codes holds twice the values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> KeyF4(float scale) => Vector128.Create(scale * 0.5f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> EvenF4(byte* from, Vector128<float> key) => FromF4(WidenBytes(from), key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> OddF4(byte* from, Vector128<float> key) => FromF4(WidenBytes(from) >>> 4, key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Widen(byte* from) => Vector128.WidenLower(Vector64.Load((ushort*)from).ToVector128());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> WidenBytes(byte* from) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(from)).AsByte()));

    /// <summary>By the lower 4 bits of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FromF4(Vector128<uint> codes, Vector128<float> key)
    {
        var table = Vector128.Create((sbyte)0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);
        // The table's byte comes into the highest byte of its lane, its sign with it.
        var doubled = Vector128.Shuffle(table, (codes & Vector128.Create(15u)).AsSByte()).AsInt32() << 24 >> 24;
        return Vector128.ConvertToSingle(doubled) * key;
    }

    /// <summary>
    /// float16 in the lower half of each lane; exact, subnormals without a detour over float32 subnormals (which processors do slowly).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FromF16(Vector128<uint> h)
    {
        var bits = (h & Vector128.Create(0x7FFFu)) << 13;
        var rebased = bits + Vector128.Create(112u << 23);
        var exponent = bits & Vector128.Create(0x1Fu << 23);
        var special = Vector128.Equals(exponent, Vector128.Create(0x1Fu << 23)) & Vector128.Create(112u << 23);
        var small = ((bits + Vector128.Create(113u << 23)).AsSingle() - Vector128.Create(113u << 23).AsSingle()).AsUInt32();
        var magnitude = Vector128.ConditionalSelect(Vector128.Equals(exponent, Vector128<uint>.Zero), small, rebased + special);
        return (magnitude | (h & Vector128.Create(0x8000u)) << 16).AsSingle();
    }
}
