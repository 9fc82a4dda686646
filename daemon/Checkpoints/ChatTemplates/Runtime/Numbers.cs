using System.Numerics;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Python's int (long, BigInteger past 64 bits), float and bool as one tower.</summary>
internal static class Numbers
{
    /// <summary>Python prints no int of more than 4300 digits; nothing longer is ever made here.</summary>
    private const int MaxBits = 14_284;

    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    public static bool IsInt(object? value) => value is long or bool or BigInteger;

    public static object Normalize(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>Of a bool, a long, or a double that is a whole number.</summary>
    public static long ToLong(object value) => value switch { long l => l, bool b => b ? 1 : 0, double d => (long)d, _ => (long)(BigInteger)value };

    public static BigInteger ToBig(object value) => value is BigInteger big ? big : ToLong(value);

    public static double ToDouble(object value) => value switch { double d => d, BigInteger big => (double)big, _ => ToLong(value) };

    /// <summary>Null when one is not a number (NaN).</summary>
    public static int? Compare(object left, object right)
    {
        if (IsInt(left) && IsInt(right))
        {
            return ToBig(left).CompareTo(ToBig(right));
        }

        var (a, b) = (ToDouble(left), ToDouble(right));
        return double.IsNaN(a) || double.IsNaN(b) ? null : a.CompareTo(b);
    }

    /// <summary>+ - * / // % ** of two numbers.</summary>
    public static object Calculate(Run run, string symbol, object left, object right)
    {
        if (symbol is "/" or "//" or "%" && ToDouble(right) == 0)
        {
            throw run.Fail("division by zero");
        }

        return IsInt(left) && IsInt(right)
            ? CalculateInt(run, symbol, ToBig(left), ToBig(right))
            : CalculateDouble(run, symbol, ToDouble(left), ToDouble(right));
    }

    private static object CalculateInt(Run run, string symbol, BigInteger a, BigInteger b)
    {
        switch (symbol)
        {
            case "+": return Bounded(run, a + b);
            case "-": return Bounded(run, a - b);
            case "*": return Bounded(run, a * b);
            case "/": return (double)a / (double)b;
            case "**" when b < 0: return CalculateDouble(run, symbol, (double)a, (double)b);
            case "**":
                if (b > MaxBits || (a.GetBitLength() * (long)b > 2L * MaxBits && BigInteger.Abs(a) > 1))
                {
                    throw run.Fail("the number has too many digits");
                }

                return Bounded(run, BigInteger.Pow(a, (int)b));
            default:
                var quotient = BigInteger.DivRem(a, b, out var remainder);
                if (!remainder.IsZero && remainder.Sign != b.Sign)
                {
                    // Python rounds towards minus infinity, .NET towards zero.
                    quotient--;
                    remainder += b;
                }

                return Normalize(symbol == "//" ? quotient : remainder);
        }
    }

    private static object Bounded(Run run, BigInteger value)
    {
        var bits = value.GetBitLength();
        if (bits > MaxBits)
        {
            throw run.Fail("the number has too many digits");
        }

        run.Spend(bits / 16);
        return Normalize(value);
    }

    private static object CalculateDouble(Run run, string symbol, double a, double b)
    {
        switch (symbol)
        {
            case "+": return a + b;
            case "-": return a - b;
            case "*": return a * b;
            case "/": return a / b;
            case "**" when a == 0 && b < 0: throw run.Fail("0.0 cannot be raised to a negative power");
            case "**" when a < 0 && b != Math.Floor(b): throw run.Fail("a negative number to a fractional power is complex");
            case "**": return Math.Pow(a, b);
            default:
                var remainder = a % b;
                if (remainder != 0 && (remainder < 0) != (b < 0))
                {
                    remainder += b;
                }

                return symbol == "%" ? remainder : Math.Round((a - remainder) / b);
        }
    }

    /// <summary>Python's round(value, digits): exact, halves to even.</summary>
    public static object Round(Run run, object value, long digits)
    {
        if (digits is < -400 or > 400)
        {
            throw run.Fail("round: the precision must be between -400 and 400");
        }

        if (IsInt(value))
        {
            if (digits >= 0)
            {
                return Normalize(ToBig(value));
            }

            var unit = BigInteger.Pow(10, (int)-digits);
            return Normalize(RoundedQuotient(ToBig(value), unit) * unit);
        }

        var number = (double)value;
        if (!double.IsFinite(number))
        {
            return number;
        }

        // number = mantissa * 2^exponent, exactly.
        var bits = BitConverter.DoubleToInt64Bits(number);
        var biased = (int)((bits >> 52) & 0x7FF);
        var mantissa = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (biased == 0 ? 0 : 1L << 52));
        var exponent = Math.Max(biased, 1) - 1075;
        var top = mantissa * (digits > 0 ? BigInteger.Pow(10, (int)digits) : 1) * (exponent > 0 ? BigInteger.Pow(2, exponent) : 1);
        var bottom = (digits < 0 ? BigInteger.Pow(10, (int)-digits) : 1) * (exponent < 0 ? BigInteger.Pow(2, -exponent) : 1);
        var rounded = double.Parse($"{RoundedQuotient(top, bottom)}e{-digits}", System.Globalization.CultureInfo.InvariantCulture);
        return double.CopySign(rounded, number);
    }

    private static BigInteger RoundedQuotient(BigInteger top, BigInteger bottom)
    {
        var quotient = BigInteger.DivRem(BigInteger.Abs(top), bottom, out var remainder);
        var half = (remainder * 2).CompareTo(bottom);
        return (half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient) * (top.Sign < 0 ? -1 : 1);
    }
}
