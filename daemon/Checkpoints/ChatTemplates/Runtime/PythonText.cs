using System.Globalization;
using System.Numerics;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Python's str() and repr().</summary>
internal static class PythonText
{
    /// <summary>Python's str.isspace of one character; .NET lacks the four information separators.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    public static ReadOnlySpan<char> TrimSpaces(this ReadOnlySpan<char> text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    public static string Str(Run run, object? value)
    {
        if (value is string text)
        {
            return text;
        }

        if (value is Undefined)
        {
            return "";
        }

        var result = new StringBuilder();
        Repr(run, value, result, 0);
        return result.ToString();
    }

    public static string Repr(Run run, object? value)
    {
        var result = new StringBuilder();
        Repr(run, value, result, 0);
        return result.ToString();
    }

    private static void Repr(Run run, object? value, StringBuilder result, int depth)
    {
        run.CheckNesting(depth);
        switch (value)
        {
            case null:
                result.Append("None");
                break;
            case bool flag:
                result.Append(flag ? "True" : "False");
                break;
            case long or BigInteger:
                result.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case double number:
                result.Append(Float(number));
                break;
            case string text:
                run.Spend(text.Length);
                Quote(text, result);
                break;
            case List<object?> list:
                Elements(run, list, "[", "]", result, depth);
                break;
            case object?[] tuple:
                Elements(run, tuple, "(", tuple.Length == 1 ? ",)" : ")", result, depth);
                break;
            case View view:
                Elements(run, view.Elements(), Types.Name(view) + "([", "])", result, depth);
                break;
            case Mapping mapping:
                Entries(run, mapping, result, depth);
                break;
            case Progression range:
                result.Append(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}");
                result.Append(range.Step == 1 ? ")" : string.Create(CultureInfo.InvariantCulture, $", {range.Step})"));
                break;
            case Undefined:
                result.Append("Undefined");
                break;
            case Namespace space:
                result.Append("<Namespace ");
                Entries(run, space.Attributes, result, depth);
                result.Append('>');
                break;
            case Loop loop:
                result.Append(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index0 + 1}/{loop.Length()}>");
                break;
            case Function { IsMacro: true } macro:
                result.Append(CultureInfo.InvariantCulture, $"<Macro '{macro.Name}'>");
                break;
            default:
                throw run.Fail(value is Function function
                    ? $"{function.Name} is not called, and a function has no text"
                    : "a generator has no text; '|list' makes a list of it");
        }
    }

    private static void Elements(Run run, IEnumerable<object?> elements, string begin, string end, StringBuilder result, int depth)
    {
        result.Append(begin);
        var first = true;
        foreach (var element in elements)
        {
            run.Spend(2);
            result.Append(first ? "" : ", ");
            Repr(run, element, result, depth + 1);
            first = false;
        }

        result.Append(end);
    }

    private static void Entries(Run run, Mapping mapping, StringBuilder result, int depth)
    {
        result.Append('{');
        var first = true;
        foreach (var (key, element) in mapping.Entries)
        {
            run.Spend(4);
            result.Append(first ? "" : ", ");
            Repr(run, key, result, depth + 1);
            result.Append(": ");
            Repr(run, element, result, depth + 1);
            first = false;
        }

        result.Append('}');
    }

    private static void Quote(string text, StringBuilder result)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        result.Append(quote);
        for (var i = 0; i < text.Length; i += CodePoints.Width(text, i))
        {
            var c = text[i];
            var code = CodePoints.Width(text, i) == 2 ? char.ConvertToUtf32(text, i) : c;
            _ = c switch
            {
                '\\' => result.Append("\\\\"),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                _ when c == quote => result.Append('\\').Append(c),
                _ when IsPrintable(code) => result.Append(CodePoints.At(text, i)),
                _ => result.Append(CultureInfo.InvariantCulture, $"{(code <= 0xFF ? $"\\x{code:x2}" : code <= 0xFFFF ? $"\\u{code:x4}" : $"\\U{code:x8}")}"),
            };
        }

        result.Append(quote);
    }

    public static bool IsPrintable(int code) => code == ' ' || CharUnicodeInfo.GetUnicodeCategory(code) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>Shortest digits that round-trip; an exponent below 1e-4 and from 1e16.</summary>
    public static string Float(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var written = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = written.TrimStart('0');
        // The decimal exponent of the first digit that is not 0.
        var exponent = (point < 0 ? mantissa.Length : point) - 1 - (written.Length - digits.Length)
            + (mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        exponent = number == 0 ? 0 : exponent;
        digits = number == 0 ? "0" : digits.TrimEnd('0');
        var sign = double.IsNegative(number) ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        var padded = digits.PadRight(exponent + 1, '0');
        var after = padded[(exponent + 1)..];
        return $"{sign}{padded[..(exponent + 1)]}.{(after.Length == 0 ? "0" : after)}";
    }
}
