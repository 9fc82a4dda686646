using System.Globalization;
using System.Text;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>C's strftime in the C locale, for strftime_now.</summary>
internal static class Strftime
{
    public static string Format(Run run, string format)
    {
        var now = run.Clock.GetLocalNow();
        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            // glibc: '-' takes the padding away.
            var bare = format[i + 1] == '-' && i + 2 < format.Length;
            i += bare ? 2 : 1;
            var field = Field(run, now, format[i]);
            result.Append(bare && field.Length > 1 ? field.TrimStart('0', ' ').PadLeft(1, '0') : field);
        }

        return result.ToString();
    }

    private static string Field(Run run, DateTimeOffset now, char directive)
    {
        var sinceJanuary = now.DayOfYear - 1;
        var weekday = (int)now.DayOfWeek;
        return directive switch
        {
            'Y' => Number(now.Year, 1),
            'y' => Number(now.Year % 100, 2),
            'C' => Number(now.Year / 100, 2),
            'm' => Number(now.Month, 2),
            'd' => Number(now.Day, 2),
            'e' => Number(now.Day, 1).PadLeft(2),
            'j' => Number(now.DayOfYear, 3),
            'H' => Number(now.Hour, 2),
            'I' => Number(((now.Hour + 11) % 12) + 1, 2),
            'M' => Number(now.Minute, 2),
            'S' => Number(now.Second, 2),
            'f' => Number(now.Microsecond + (now.Millisecond * 1000), 6),
            'p' => now.Hour < 12 ? "AM" : "PM",
            'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
            'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
            'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
            'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
            'w' => Number(weekday, 1),
            'u' => Number(weekday == 0 ? 7 : weekday, 1),
            'U' => Number((sinceJanuary + 7 - weekday) / 7, 2),
            'W' => Number((sinceJanuary + 7 - ((weekday + 6) % 7)) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(now.DateTime), 2),
            'G' => Number(ISOWeek.GetYear(now.DateTime), 1),
            's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'D' or 'x' => now.ToString("MM'/'dd'/'yy", CultureInfo.InvariantCulture),
            'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            'T' or 'X' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            'R' => now.ToString("HH:mm", CultureInfo.InvariantCulture),
            'c' => $"{Field(run, now, 'a')} {Field(run, now, 'b')} {Field(run, now, 'e')} {Field(run, now, 'T')} {Field(run, now, 'Y')}",
            // datetime.now() has no time zone, so that Python writes nothing.
            'z' or 'Z' => "",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => throw run.Unknown("strftime directive", $"%{directive}"),
        };
    }

    private static string Number(int value, int digits) => value.ToString($"D{digits}", CultureInfo.InvariantCulture);
}
