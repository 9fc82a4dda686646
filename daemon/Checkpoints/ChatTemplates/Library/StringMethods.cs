using System.Buffers;
using System.Globalization;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>Python's methods of str.</summary>
internal static class StringMethods
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029");

    public static readonly IReadOnlyDictionary<string, Routine> All = new Routine[]
    {
        Text("upper", Casing.Upper),
        Text("lower", Casing.Lower),
        Text("casefold", text => Casing.Lower(text).Replace("ß", "ss", StringComparison.Ordinal)),
        Text("capitalize", Casing.Capitalize),
        Text("title", Casing.Title),
        Text("swapcase", Casing.Swapped),
        Of("strip", "chars?", (run, text, a) => Strip(run, text, a.TextOrNull(0), true, true)),
        Of("lstrip", "chars?", (run, text, a) => Strip(run, text, a.TextOrNull(0), true, false)),
        Of("rstrip", "chars?", (run, text, a) => Strip(run, text, a.TextOrNull(0), false, true)),
        Of("split", "sep? maxsplit?", (run, text, a) => Split(run, text, a.TextOrNull(0), a.Int(1, -1))),
        Of("rsplit", "sep? maxsplit?", (run, text, a) => SplitRight(run, text, a.TextOrNull(0), a.Int(1, -1))),
        Of("splitlines", "keepends?", (run, text, a) => Boxed(run, Lines(text, a.Flag(0, false)))),
        Of("startswith", "prefix start? end?", (run, text, a) => Affix(run, text, a, (part, affix) => part.StartsWith(affix, StringComparison.Ordinal))),
        Of("endswith", "suffix start? end?", (run, text, a) => Affix(run, text, a, (part, affix) => part.EndsWith(affix, StringComparison.Ordinal))),
        Of("removeprefix", "prefix", (_, text, a) => text.StartsWith(a.Text(0), StringComparison.Ordinal) ? text[a.Text(0).Length..] : text),
        Of("removesuffix", "suffix", (_, text, a) => text.EndsWith(a.Text(0), StringComparison.Ordinal) ? text[..^a.Text(0).Length] : text),
        Of("replace", "old new count?", (run, text, a) => TextSearch.Replace(run, text, a.Text(0), a.Text(1), Limit(a.Int(2, -1)))),
        Of("find", "sub start? end?", (run, text, a) => Find(run, text, a, fromRight: false)),
        Of("rfind", "sub start? end?", (run, text, a) => Find(run, text, a, fromRight: true)),
        Of("index", "sub start? end?", (run, text, a) => Found(run, Find(run, text, a, fromRight: false))),
        Of("rindex", "sub start? end?", (run, text, a) => Found(run, Find(run, text, a, fromRight: true))),
        Of("count", "sub start? end?", (run, text, a) => Count(run, Part(run, text, a), a.Text(0))),
        Of("join", "iterable", Join),
        Of("partition", "sep", (run, text, a) => Partition(run, text, a.Text(0), fromRight: false)),
        Of("rpartition", "sep", (run, text, a) => Partition(run, text, a.Text(0), fromRight: true)),
        Of("center", "width fillchar?", (run, text, a) => Pad(run, text, a, missing => (missing / 2) + (missing & a.Int(0) & 1))),
        Of("ljust", "width fillchar?", (run, text, a) => Pad(run, text, a, _ => 0)),
        Of("rjust", "width fillchar?", (run, text, a) => Pad(run, text, a, missing => missing)),
        Of("zfill", "width", ZeroFill),
        Is("isalpha", point => Rune.IsLetter(point)),
        Is("isdigit", point => Rune.GetUnicodeCategory(point) == UnicodeCategory.DecimalDigitNumber || CharUnicodeInfo.GetDigitValue(point.ToString(), 0) >= 0),
        Is("isdecimal", point => Rune.GetUnicodeCategory(point) == UnicodeCategory.DecimalDigitNumber),
        Is("isnumeric", Rune.IsNumber),
        Is("isalnum", point => Rune.IsLetter(point) || Rune.IsNumber(point)),
        Is("isspace", point => point.IsBmp && PythonText.IsSpace((char)point.Value)),
        Of("isascii", "", (_, text, _) => Ascii.IsValid(text)),
        Of("isupper", "", (_, text, _) => IsCased(text, upper: true)),
        Of("islower", "", (_, text, _) => IsCased(text, upper: false)),
    }.ToDictionary(method => method.Name);

    /// <summary>Has letters, and all of them are of this case.</summary>
    public static bool IsCased(string text, bool upper)
    {
        var any = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (upper ? Rune.IsLower(rune) : Rune.IsUpper(rune))
            {
                return false;
            }

            any |= upper ? Rune.IsUpper(rune) : Rune.IsLower(rune);
        }

        return any;
    }

    /// <summary>str.strip and its one-sided forms; null strips whitespace.</summary>
    public static string Strip(Run run, string text, string? characters, bool left, bool right)
    {
        var points = characters is null ? null : CodePoints.Each(characters).ToHashSet(StringComparer.Ordinal);
        var (start, end) = (0, text.Length);
        while (left && start < end && Strips(CodePoints.At(text, start)))
        {
            start += CodePoints.Width(text, start);
        }

        while (right && start < end)
        {
            var width = end - start > 1 && char.IsLowSurrogate(text[end - 1]) && char.IsHighSurrogate(text[end - 2]) ? 2 : 1;
            if (!Strips(text.Substring(end - width, width)))
            {
                break;
            }

            end -= width;
        }

        run.Spend(text.Length);
        return text[start..end];

        bool Strips(string point) => points?.Contains(point) ?? (point.Length == 1 && PythonText.IsSpace(point[0]));
    }

    /// <summary>str.splitlines.</summary>
    public static List<string> Lines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny(LineEnds);
            end = end < 0 ? text.Length : start + end;
            var next = end == text.Length ? end : end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    private static long Limit(long count) => count < 0 ? long.MaxValue : count;

    private static List<object?> Boxed(Run run, IEnumerable<string> parts)
    {
        var result = Sequences.ToList(run, parts);
        run.Spend(result.Sum(part => (long)((string)part!).Length));
        return result;
    }

    private static List<object?> Split(Run run, string text, string? separator, long most)
    {
        var parts = new List<string>();
        var start = 0;
        if (separator is null)
        {
            while (true)
            {
                while (start < text.Length && PythonText.IsSpace(text[start]))
                {
                    start++;
                }

                if (start == text.Length)
                {
                    return Boxed(run, parts);
                }

                var end = start;
                while (end < text.Length && !PythonText.IsSpace(text[end]))
                {
                    end++;
                }

                if (parts.Count == Limit(most))
                {
                    parts.Add(text[start..]);
                    return Boxed(run, parts);
                }

                parts.Add(text[start..end]);
                start = end;
            }
        }

        foreach (var place in TextSearch.All(run, text, Separator(run, separator), Limit(most)))
        {
            parts.Add(text[start..place]);
            start = place + separator.Length;
        }

        parts.Add(text[start..]);
        return Boxed(run, parts);
    }

    private static List<object?> SplitRight(Run run, string text, string? separator, long most)
    {
        if (most < 0)
        {
            return Split(run, text, separator, most);
        }

        // From the right is from the left of the mirrored text.
        var mirrored = Split(run, CodePoints.Reversed(text), separator is null ? null : CodePoints.Reversed(separator), most);
        mirrored.Reverse();
        return mirrored.ConvertAll(object? (part) => CodePoints.Reversed((string)part!));
    }

    private static string Separator(Run run, string separator) =>
        separator.Length > 0 ? separator : throw run.Fail("empty separator");

    /// <summary>The part of the text that start and end, the second and third argument, leave; null when start is past the end.</summary>
    private static string? Part(Run run, string text, Arguments a)
    {
        var start = a.IntOrNull(1);
        var end = a.IntOrNull(2);
        return start is null && end is null ? text
            : start > CodePoints.Count(text) ? null
            : (string?)Members.Slice(run, text, start, end, null);
    }

    private static object? Affix(Run run, string text, Arguments a, Func<string, string, bool> matches)
    {
        var part = Part(run, text, a);
        var affixes = a[0] is object?[] several ? several : [a.Text(0)];
        return part is not null && affixes.Any(affix => affix is string wanted
            ? matches(part, wanted)
            : throw run.Fail($"startswith and endswith take str or a tuple of str, not {Types.Name(affix)}"));
    }

    private static long Find(Run run, string text, Arguments a, bool fromRight)
    {
        if (Part(run, text, a) is not { } part)
        {
            return -1;
        }

        var place = fromRight ? TextSearch.LastIndexOf(run, part, a.Text(0)) : TextSearch.IndexOf(run, part, a.Text(0), 0);
        var start = a.IntOrNull(1) ?? 0;
        var skipped = start < 0 ? Math.Max(0, start + CodePoints.Count(text)) : start;
        return place < 0 ? -1 : CodePoints.Count(part[..place]) + skipped;
    }

    private static object Found(Run run, long place) => place >= 0 ? place : throw run.Fail("substring not found");

    private static object Count(Run run, string? text, string part) => text is null ? 0L
        : part.Length == 0 ? CodePoints.Count(text) + 1L
        : TextSearch.All(run, text, part, long.MaxValue).Count;

    private static object Join(Run run, string separator, Arguments a)
    {
        var result = new StringBuilder();
        var first = true;
        foreach (var element in Sequences.Iterate(run, a[0]))
        {
            var text = element as string ?? throw run.Fail($"join: str expected, {Types.Name(element)} found");
            run.Spend(1 + text.Length + separator.Length);
            result.Append(first ? "" : separator).Append(text);
            first = false;
        }

        return result.ToString();
    }

    private static object Partition(Run run, string text, string separator, bool fromRight)
    {
        _ = Separator(run, separator);
        var place = fromRight ? TextSearch.LastIndexOf(run, text, separator) : TextSearch.IndexOf(run, text, separator, 0);
        run.Spend(text.Length);
        return place >= 0 ? new object?[] { text[..place], separator, text[(place + separator.Length)..] }
            : fromRight ? new object?[] { "", "", text } : new object?[] { text, "", "" };
    }

    private static object Pad(Run run, string text, Arguments a, Func<long, long> leftOf)
    {
        var missing = Math.Max(0, a.Int(0) - CodePoints.Count(text));
        var fill = a.Has(1) ? a.Text(1) : " ";
        if (CodePoints.Count(fill) != 1)
        {
            throw run.Fail("the fill character must be exactly one character");
        }

        run.Spend(missing);
        var left = leftOf(missing);
        return string.Concat(Enumerable.Repeat(fill, (int)left)) + text + string.Concat(Enumerable.Repeat(fill, (int)(missing - left)));
    }

    private static object ZeroFill(Run run, string text, Arguments a)
    {
        var missing = Math.Max(0, a.Int(0) - CodePoints.Count(text));
        run.Spend(missing);
        var sign = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        return text[..sign] + new string('0', (int)missing) + text[sign..];
    }

    private static Routine Of(string name, string parameters, Func<Run, string, Arguments, object?> body) =>
        new(name, parameters, (run, value, a) => body(run, (string)value!, a));

    private static Routine Text(string name, Func<string, string> body) => Of(name, "", (run, text, _) =>
    {
        run.Spend(text.Length);
        return body(text);
    });

    private static Routine Is(string name, Func<Rune, bool> belongs) =>
        Of(name, "", (_, text, _) => text.Length > 0 && text.EnumerateRunes().All(belongs));
}
