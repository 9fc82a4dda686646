using System.Globalization;
using System.Numerics;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>Filters that give text or a number.</summary>
internal static class TextFilters
{
    public static readonly Filter[] All =
    [
        Text("upper", Casing.Upper),
        Text("lower", Casing.Lower),
        Text("capitalize", Casing.Capitalize),
        Text("title", Title),
        Text("string", text => text),
        // Without autoescape a safe string prints like any other.
        new("safe", "", (run, value, _) => PythonText.Str(run, value)),
        Text("escape", Escape),
        Text("e", Escape),
        new("trim", "chars?", (run, value, a) => StringMethods.Strip(run, PythonText.Str(run, value), a.TextOrNull(0), true, true)),
        new("replace", "old new count?", (run, value, a) => TextSearch.Replace(
            run, PythonText.Str(run, value), PythonText.Str(run, a[0]), PythonText.Str(run, a[1]), a.IntOrNull(2) is { } count and >= 0 ? count : long.MaxValue)),
        new("indent", "width? first? blank?", Indent),
        new("center", "width?", (run, value, a) => StringMethods.All["center"].Apply(run, PythonText.Str(run, value), Call.With(a.Int(0, 80)))),
        new("wordcount", "", (run, value, _) => (long)WordCount(run, PythonText.Str(run, value))),
        new("format", (run, value, call) => PercentFormat.Apply(run, PythonText.Str(run, value), FormatArguments(run, call))),
        new("tojson", "ensure_ascii? indent? separators? sort_keys?", ToJson),
        new("int", "default? base?", ToInt),
        new("float", "default?", (run, value, a) => value is Undefined missing ? throw run.Fail(missing.Reason) : ToFloat(value) ?? a.Or(0, 0.0)),
        new("abs", "", Abs),
        new("round", "precision? method?", Round),
    ];

    private static Filter Text(string name, Func<string, string> body) => new(name, "", (run, value, _) =>
    {
        var text = PythonText.Str(run, value);
        run.Spend(text.Length);
        return body(text);
    });

    /// <summary>Jinja's own rule: a word begins after a space, a hyphen or an opening bracket.</summary>
    private static string Title(string text)
    {
        var result = new StringBuilder();
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && (PythonText.IsSpace(text[end]) || "-({[<".Contains(text[end], StringComparison.Ordinal)))
            {
                end++;
            }

            result.Append(text, start, end - start);
            start = end;
            while (end < text.Length && !(PythonText.IsSpace(text[end]) || "-({[<".Contains(text[end], StringComparison.Ordinal)))
            {
                end++;
            }

            if (end > start)
            {
                var width = CodePoints.Width(text, start);
                result.Append(Casing.Upper(text.Substring(start, width))).Append(Casing.Lower(text[(start + width)..end]));
            }

            start = end;
        }

        return result.ToString();
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);

    private static object? Indent(Run run, object? value, Arguments a)
    {
        var indentation = a.Or(0, 4L) as string ?? new string(' ', (int)Math.Clamp(a.Int(0, 4), 0, 1000));
        // The added line end makes the last, empty line count, as Jinja has it.
        var lines = StringMethods.Lines(PythonText.Str(run, value) + "\n", keepEnds: false);
        var result = new StringBuilder(a.Flag(1, false) ? indentation : "");
        for (var i = 0; i < lines.Count; i++)
        {
            run.Spend(lines[i].Length + indentation.Length + 1);
            result.Append(i == 0 ? "" : "\n").Append(i > 0 && (lines[i].Length > 0 || a.Flag(2, false)) ? indentation : "").Append(lines[i]);
        }

        return result.ToString();
    }

    private static int WordCount(Run run, string text)
    {
        run.Spend(text.Length);
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            count += IsWord(text[i]) && (i == 0 || !IsWord(text[i - 1])) ? 1 : 0;
        }

        return count;

        static bool IsWord(char c) => c == '_' || char.IsLetterOrDigit(c);
    }

    private static object? FormatArguments(Run run, Call call)
    {
        if (call.Named.Count == 0)
        {
            return call.Positional.ToArray();
        }

        return call.Positional.Count == 0
            ? Globals.All["dict"].Invoke(run, call)
            : throw run.Fail("format takes positional or named arguments, not both");
    }

    private static object? ToJson(Run run, object? value, Arguments a)
    {
        var indent = a.Or(1, null) switch
        {
            null => null,
            string text => text,
            _ => new string(' ', (int)Math.Clamp(a.Int(1), 0, 1000)),
        };
        var separators = a.Or(2, null) switch
        {
            null => [indent is null ? ", " : ",", ": "],
            var pair => Sequences.ToList(run, pair),
        };
        return separators is [string item, string key]
            ? new JsonText(run, a.Flag(0, false), indent, item, key, a.Flag(3, false)).Write(value)
            : throw run.Fail("tojson: separators must be two strings");
    }

    private static object? ToInt(Run run, object? value, Arguments a)
    {
        var radix = a.Int(1, 10);
        switch (value)
        {
            case string text when radix == 10:
                var trimmed = text.AsSpan().TrimSpaces();
                run.Spend(trimmed.Length);
                return trimmed.Length <= 4300 && WholeNumber(trimmed.ToString()) is { } number
                    ? Numbers.Normalize(number)
                    : ToFloat(value) is { } parsed ? Truncated(parsed) ?? a.Or(0, 0L) : a.Or(0, 0L);
            case string text when radix is 2 or 8 or 16:
                return Radix(text.AsSpan().TrimSpaces().ToString(), (int)radix) ?? a.Or(0, 0L);
            case string:
                throw run.Fail("int: the base must be 2, 8, 10 or 16");
            case double fraction:
                return Truncated(fraction) ?? a.Or(0, 0L);
            case Undefined missing:
                throw run.Fail(missing.Reason);
            default:
                return Numbers.IsInt(value) ? Numbers.Normalize(Numbers.ToBig(value!)) : a.Or(0, 0L);
        }
    }

    private static object? Truncated(double value) => double.IsFinite(value) ? Numbers.Normalize(new BigInteger(Math.Truncate(value))) : null;

    private static BigInteger? WholeNumber(string text)
    {
        // Python lets single underscores stand between digits.
        var bare = text.Replace("_", "", StringComparison.Ordinal);
        var underscores = text.Length - bare.Length;
        if (underscores > 0 && (text.StartsWith('_') || text.EndsWith('_') || text.Contains("__", StringComparison.Ordinal)))
        {
            return null;
        }

        return BigInteger.TryParse(bare, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static object? Radix(string text, int radix)
    {
        var negative = text.StartsWith('-');
        var digits = text[(negative || text.StartsWith('+') ? 1 : 0)..];
        var prefix = radix switch { 16 => "0x", 8 => "0o", _ => "0b" };
        digits = digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        var number = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : 99;
            if (digit >= radix || digits.Length > 4300)
            {
                return null;
            }

            number = (number * radix) + digit;
        }

        return digits.Length == 0 ? null : Numbers.Normalize(negative ? -number : number);
    }

    private static double? ToFloat(object? value)
    {
        if (value is not string text)
        {
            return Numbers.IsNumber(value) ? Numbers.ToDouble(value!) : null;
        }

        var trimmed = text.AsSpan().TrimSpaces().ToString().ToLowerInvariant();
        var bare = trimmed.TrimStart('+', '-');
        if (bare is "inf" or "infinity" or "nan" && trimmed.Length - bare.Length <= 1)
        {
            return bare == "nan" ? double.NaN : trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }

        return bare.Length > 0 && (char.IsAsciiDigit(bare[0]) || bare[0] == '.')
            && double.TryParse(trimmed, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            ? number : null;
    }

    private static object? Abs(Run run, object? value, Arguments a) => value switch
    {
        double number => Math.Abs(number),
        Undefined missing => throw run.Fail(missing.Reason),
        _ when Numbers.IsInt(value) => Numbers.Normalize(BigInteger.Abs(Numbers.ToBig(value!))),
        _ => throw run.Fail($"abs needs a number, not {Types.Name(value)}"),
    };

    private static object? Round(Run run, object? value, Arguments a)
    {
        if (!Numbers.IsNumber(value))
        {
            throw run.Fail(value is Undefined missing ? missing.Reason : $"round needs a number, not {Types.Name(value)}");
        }

        var precision = a.Int(0, 0);
        var method = a.Has(1) ? a.Text(1) : "common";
        if (method == "common")
        {
            return Numbers.Round(run, value!, precision);
        }

        var scale = Math.Pow(10, precision);
        return method switch
        {
            "ceil" => Math.Ceiling(Numbers.ToDouble(value!) * scale) / scale,
            "floor" => Math.Floor(Numbers.ToDouble(value!) * scale) / scale,
            _ => throw run.Fail("round: the method must be common, ceil or floor"),
        };
    }
}
