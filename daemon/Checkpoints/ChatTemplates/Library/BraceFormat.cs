using System.Globalization;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>str.format with plain fields: <c>{}</c>, <c>{0}</c>, <c>{name}</c>; specifications and conversions are refused.</summary>
internal static class BraceFormat
{
    public static object? Apply(Run run, string format, Call call)
    {
        run.Spend(format.Length);
        var result = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] is not ('{' or '}'))
            {
                result.Append(format[i]);
                continue;
            }

            if (i + 1 < format.Length && format[i + 1] == format[i])
            {
                result.Append(format[i++]);
                continue;
            }

            var close = format[i] == '{' ? format.IndexOf('}', i) : -1;
            if (close < 0)
            {
                throw run.Fail("a single brace in the format");
            }

            var field = format[(i + 1)..close];
            if (field.AsSpan().IndexOfAny("!:.[{") >= 0)
            {
                throw run.Unknown("format field", $"{{{field}}}");
            }

            var text = PythonText.Str(run, Field(run, call, field, ref next));
            run.Spend(text.Length);
            result.Append(text);
            i = close;
        }

        return result.ToString();
    }

    private static object? Field(Run run, Call call, string field, ref int next)
    {
        if (field.Length > 0 && !char.IsAsciiDigit(field[0]))
        {
            var named = call.Named.FindIndex(pair => pair.Key == field);
            return named >= 0 ? call.Named[named].Value : throw run.Fail($"format has no argument '{field}'");
        }

        var index = field.Length == 0 ? next++ : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
        return index < call.Positional.Count ? call.Positional[index] : throw run.Fail("format has fewer arguments than fields");
    }
}
