using System.Globalization;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>
/// The values that an expression can take at a router: an interval of numbers, or texts. A truth value is the interval of 0 (false) and 1 (true).
/// </summary>
/// <param name="Whole">Only whole numbers.</param>
/// <param name="MayBeNaN">Also NaN (raw columns): every comparison with it but != is false.</param>
/// <param name="Texts">The possible texts; null = any.</param>
internal readonly record struct Attainable(double Low, double High, bool Whole = false, bool MayBeNaN = false, IReadOnlyList<string>? Texts = null)
{
    public static readonly Attainable Any = new(double.NegativeInfinity, double.PositiveInfinity, MayBeNaN: true);
    public static readonly Attainable Truth = new(0, 1, Whole: true);
    public static readonly Attainable Count = new(0, double.PositiveInfinity, Whole: true);

    public bool CanBeTrue => High >= 1;

    public bool CanBeFalse => Low <= 0;

    public bool IsEmpty => Low > High;

    public bool IsOneValue => Low == High && !MayBeNaN;

    public static Attainable Of(double value) => new(value, value, Whole: value == Math.Floor(value));

    public static Attainable Of(bool canBeFalse, bool canBeTrue) => new(canBeFalse ? 0 : 1, canBeTrue ? 1 : 0, Whole: true);

    public static Attainable OneOf(params IReadOnlyList<string> texts) => Any with { Texts = texts };

    /// <summary>The values that are in both, as after a comparison that was true: not NaN.</summary>
    public Attainable Within(double low, double high)
    {
        (low, high) = (Math.Max(Low, low), Math.Min(High, high));
        return this with { Low = Whole ? Math.Ceiling(low) : low, High = Whole ? Math.Floor(high) : high, MayBeNaN = false };
    }

    public static Attainable Arithmetic(string op, Attainable a, Attainable b)
    {
        var infinite = double.IsInfinity(a.Low) || double.IsInfinity(a.High) || double.IsInfinity(b.Low) || double.IsInfinity(b.High);
        var nan = a.MayBeNaN || b.MayBeNaN || infinite;
        var whole = a.Whole && b.Whole;
        if (op == "+") return new(a.Low + b.Low, a.High + b.High, whole, nan);
        if (op == "-") return new(a.Low - b.High, a.High - b.Low, whole, nan);
        if (op == "*" && !infinite) return Hull(whole, nan, a.Low * b.Low, a.Low * b.High, a.High * b.Low, a.High * b.High);
        if (op == "/" && !infinite && (b.Low > 0 || b.High < 0)) return Hull(false, nan, a.Low / b.Low, a.Low / b.High, a.High / b.Low, a.High / b.High);
        if (op != "%") return Any;
        // The remainder has the sign of the dividend and is smaller than the divisor.
        var size = Math.Max(Math.Abs(b.Low), Math.Abs(b.High));
        if (whole) size--;
        return new(a.Low >= 0 ? 0 : Math.Max(a.Low, -size), a.High <= 0 ? 0 : Math.Min(a.High, size), whole, nan);
    }

    public static Attainable Negate(Attainable a) => a with { Low = -a.High, High = -a.Low };

    /// <summary>What a comparison of two numbers or truth values can give.</summary>
    public static Attainable Compare(string op, Attainable a, Attainable b)
    {
        var nan = a.MayBeNaN || b.MayBeNaN;
        var (less, lessSure) = (a.Low < b.High, a.High < b.Low);
        var (lessOrEqual, lessOrEqualSure) = (a.Low <= b.High, a.High <= b.Low);
        var equal = lessOrEqual && b.Low <= a.High && !Misses(a, b) && !Misses(b, a);
        var equalSure = a.IsOneValue && b.IsOneValue && a.Low == b.Low;
        return op switch
        {
            "<" => Of(!lessSure || nan, less),
            "<=" => Of(!lessOrEqualSure || nan, lessOrEqual),
            ">" => Of(!(a.Low > b.High) || nan, a.High > b.Low),
            ">=" => Of(!(a.Low >= b.High) || nan, a.High >= b.Low),
            "==" => Of(!equalSure || nan, equal),
            _ => Of(equal, !equalSure || nan),
        };
    }

    /// <summary>What <c>==</c> of two texts can give; <c>!=</c> is its opposite.</summary>
    public static Attainable SameText(Attainable a, Attainable b)
    {
        if (a.Texts is null || b.Texts is null) return Truth;
        var sure = a.Texts.Count == 1 && b.Texts.Count == 1 && a.Texts[0] == b.Texts[0];
        return Of(!sure, a.Texts.Any(b.Texts.Contains));
    }

    /// <summary>In words: <c>0 to 1</c>.</summary>
    public string Describe()
    {
        if (Texts is not null) return string.Join(", ", Texts.Take(8).Select(t => $"\"{t}\""));
        if (double.IsNegativeInfinity(Low) && double.IsPositiveInfinity(High)) return "any number";
        if (double.IsPositiveInfinity(High)) return $"at least {Words(Low)}";
        if (double.IsNegativeInfinity(Low)) return $"at most {Words(High)}";
        return Low == High ? Words(Low) : $"{Words(Low)} to {Words(High)}";
    }

    private static string Words(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>True if <paramref name="one"/> is a single number that is not whole and the other holds only whole ones.</summary>
    private static bool Misses(Attainable one, Attainable other) => one.IsOneValue && other.Whole && one.Low != Math.Floor(one.Low);

    private static Attainable Hull(bool whole, bool nan, params ReadOnlySpan<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var v in values) (low, high) = (Math.Min(low, v), Math.Max(high, v));
        return new(low, high, whole, nan);
    }
}
