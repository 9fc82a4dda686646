using System.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Text;

internal static class CodePoints
{
    /// <summary>The code points of valid UTF-16.</summary>
    public static int[] Of(string text)
    {
        var points = new int[text.Length];
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            points[count++] = rune.Value;
        }
        Array.Resize(ref points, count);
        return points;
    }

    public static string ToText(ReadOnlySpan<int> points)
    {
        var text = new StringBuilder(points.Length);
        foreach (var point in points)
        {
            Append(text, point);
        }
        return text.ToString();
    }

    public static void Append(StringBuilder text, int point)
    {
        if (point < 0x10000)
        {
            text.Append((char)point);
            return;
        }
        text.Append((char)(0xD7C0 + (point >> 10))).Append((char)(0xDC00 + (point & 0x3FF)));
    }

    /// <summary>How many bytes the code point takes in UTF-8.</summary>
    public static int Utf8Length(int point) => point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    public static int Utf8Length(ReadOnlySpan<int> points)
    {
        var length = 0;
        foreach (var point in points)
        {
            length += Utf8Length(point);
        }
        return length;
    }
}
