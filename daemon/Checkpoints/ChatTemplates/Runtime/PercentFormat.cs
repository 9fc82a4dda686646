using System.Globalization;
using System.Numerics;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Python's <c>"%s and %d" % (a, b)</c>: the conversions s, r, d, i, x, X, f and %%, with flags, width and precision.</summary>
internal static class PercentFormat
{
    public static string Apply(Run run, string format, object? argument)
    {
        run.Spend(format.Length);
        var arguments = argument as object?[] ?? [argument];
        var next = 0;
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                result.Append(format[i]);
                continue;
            }

            i++;
            object? value = null;
            var named = i < format.Length && format[i] == '(' && argument is Mapping;
            if (named)
            {
                var close = format.IndexOf(')', i);
                value = Members.Item(run, argument, close < 0 ? "" : format[(i + 1)..close]);
                i = close < 0 ? format.Length : close + 1;
            }

            var flags = Take(format, ref i, "-+ 0#".Contains);
            var width = Take(format, ref i, char.IsAsciiDigit);
            var precision = i < format.Length && format[i] == '.' ? Take(format, ref i, c => c == '.' || char.IsAsciiDigit(c))[1..] : null;
            if (i >= format.Length)
            {
                throw run.Fail("the format ends within a conversion");
            }

            if (format[i] == '%')
            {
                result.Append('%');
                continue;
            }

            if (!named)
            {
                value = next < arguments.Length ? arguments[next++] : throw run.Fail("not enough arguments for the format");
            }

            if (width.Length > 4 || precision?.Length > 2)
            {
                throw run.Fail("a width above 9999 or a precision above 99");
            }

            var text = Convert(run, format[i], value, flags, precision);
            run.Spend(text.Length);
            result.Append(Pad(text, flags, width.Length == 0 ? 0 : int.Parse(width, CultureInfo.InvariantCulture), format[i] is 's' or 'r'));
        }

        if (next < arguments.Length && argument is not Mapping)
        {
            throw run.Fail("not all arguments are used by the format");
        }

        return result.ToString();
    }

    private static string Convert(Run run, char conversion, object? value, string flags, string? precision)
    {
        var digits = string.IsNullOrEmpty(precision) ? (int?)(precision is null ? null : 0) : int.Parse(precision, CultureInfo.InvariantCulture);
        if (conversion is 's' or 'r')
        {
            var text = conversion == 's' ? PythonText.Str(run, value) : PythonText.Repr(run, value);
            return digits is { } most ? text[..CodePoints.Offset(text, most)] : text;
        }

        if (conversion is not ('d' or 'i' or 'x' or 'X' or 'f'))
        {
            throw run.Unknown("format conversion", $"%{conversion}");
        }

        if (!Numbers.IsNumber(value) || (conversion is 'x' or 'X' && !Numbers.IsInt(value)) || value is double.NaN)
        {
            throw run.Fail($"%{conversion} needs a number, not {Types.Name(value)}");
        }

        string unsigned;
        bool negative;
        if (conversion == 'f')
        {
            var rounded = (double)Numbers.Round(run, Numbers.ToDouble(value!), digits ?? 6);
            negative = double.IsNegative(rounded);
            unsigned = Math.Abs(rounded).ToString($"F{digits ?? 6}", CultureInfo.InvariantCulture);
        }
        else
        {
            var whole = value is double number ? new BigInteger(Math.Truncate(number)) : Numbers.ToBig(value!);
            negative = whole.Sign < 0;
            var magnitude = BigInteger.Abs(whole);
            unsigned = conversion is 'd' or 'i'
                ? magnitude.ToString(CultureInfo.InvariantCulture)
                : magnitude.ToString(conversion.ToString(), CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0');
            unsigned = unsigned.PadLeft(digits ?? 0, '0');
            unsigned = conversion is 'x' or 'X' && flags.Contains('#', StringComparison.Ordinal) ? $"0{conversion}{unsigned}" : unsigned;
        }

        return (negative ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+" : flags.Contains(' ', StringComparison.Ordinal) ? " " : "") + unsigned;
    }

    private static string Pad(string text, string flags, int width, bool isText)
    {
        var missing = width - CodePoints.Count(text);
        if (missing <= 0)
        {
            return text;
        }

        if (flags.Contains('-', StringComparison.Ordinal))
        {
            return text + new string(' ', missing);
        }

        if (isText || !flags.Contains('0', StringComparison.Ordinal))
        {
            return new string(' ', missing) + text;
        }

        var sign = text[0] is '-' or '+' or ' ' ? 1 : 0;
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    private static string Take(string format, ref int i, Func<char, bool> wanted)
    {
        var start = i;
        while (i < format.Length && wanted(format[i]))
        {
            i++;
        }

        return format[start..i];
    }
}
