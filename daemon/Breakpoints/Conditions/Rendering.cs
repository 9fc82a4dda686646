using System.Globalization;
using System.Text;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>Values as stops, logs and consoles show them: never by culture.</summary>
internal static class Rendering
{
    public static string Number(double value, int digits = 4) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString(FormattableString.Invariant($"G{digits}"), CultureInfo.InvariantCulture);

    public static string Truth(bool value) => value ? "true" : "false";

    /// <summary>In double quotes, escaped as a condition would be written.</summary>
    public static string Text(string value) =>
        $"\"{Line(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))}\"";

    /// <summary>Without quotes, on one line: control characters, which could move a terminal's cursor, are escaped.</summary>
    public static string Line(string value)
    {
        if (!value.Any(char.IsControl)) return value;
        var line = new StringBuilder();
        foreach (var c in value)
            if (c == '\n') line.Append("\\n");
            else if (c == '\t') line.Append("\\t");
            else if (c == '\r') line.Append("\\r");
            else if (char.IsControl(c)) line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else line.Append(c);
        return line.ToString();
    }
}
