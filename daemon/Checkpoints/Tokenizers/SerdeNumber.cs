using System.Globalization;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>
/// Numbers as serde_json reads them without its <c>float_roundtrip</c> feature: sometimes one unit in the last place from the
/// correctly rounded value, which can decide between two segmentations of equal score.
/// </summary>
internal static class SerdeNumber
{
    private static readonly double[] Powers =
        [.. Enumerable.Range(0, 309).Select(n => double.Parse($"1e{n}", CultureInfo.InvariantCulture))];

    /// <param name="json">A number in valid JSON.</param>
    /// <returns>Infinity where serde_json refuses the number as out of range.</returns>
    public static double Parse(ReadOnlySpan<char> json)
    {
        var at = json[0] == '-' ? 1 : 0;
        ulong digits = 0;
        var exponent = 0L;
        var full = false;
        for (; at < json.Length && char.IsAsciiDigit(json[at]); at++)
        {
            if (!full && Append(ref digits, json[at]))
            {
                continue;
            }
            full = true;
            exponent++;
        }
        if (at < json.Length && json[at] == '.')
        {
            for (at++; at < json.Length && char.IsAsciiDigit(json[at]); at++)
            {
                if (!full && Append(ref digits, json[at]))
                {
                    exponent--;
                }
                else
                {
                    full = true;
                }
            }
        }
        if (at < json.Length && json[at] is 'e' or 'E')
        {
            exponent += long.TryParse(json[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var written)
                ? Math.Clamp(written, -100_000, 100_000)
                : (json[at + 1] == '-' ? -100_000 : 100_000);
        }
        var value = (double)digits;
        while (exponent < -308 && value != 0)
        {
            value /= 1e308;
            exponent += 308;
        }
        value = value == 0 ? 0 : exponent > 308 ? double.PositiveInfinity : exponent >= 0 ? value * Powers[exponent] : value / Powers[-exponent];
        return json[0] == '-' ? -value : value;
    }

    private static bool Append(ref ulong digits, char digit)
    {
        var next = (UInt128)digits * 10 + (uint)(digit - '0');
        if (next > ulong.MaxValue)
        {
            return false;
        }
        digits = (ulong)next;
        return true;
    }
}
