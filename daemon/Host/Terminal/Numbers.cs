using System.Globalization;

namespace MoeDevtools.Host.Terminal;

/// <summary>Numbers for people, the same in every locale. For programs there is <c>--json</c>.</summary>
internal static class Numbers
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>A weight, probability, entropy, margin or score with two or three digits: <c>0.61</c>, <c>0.013</c>, <c>4.2e-4</c>, <c>-1.7</c>, <c>12.3</c>.</summary>
    public static string Real(double value)
    {
        double size = Math.Abs(value);
        return size switch
        {
            _ when !double.IsFinite(value) => NotFinite(value),
            0 => "0",
            < 0.000995 => value.ToString("0.0e-0", Invariant),
            < 0.00995 => value.ToString("0.0000", Invariant),
            < 0.0995 => value.ToString("0.000", Invariant),
            < 0.995 => value.ToString("0.00", Invariant),
            < 0.9995 => value.ToString("0.000", Invariant), // 0.996 is not 1.00
            < 9.95 => value.ToString("0.0#", Invariant),
            < 99.95 => value.ToString("0.0", Invariant),
            < 1e9 => value.ToString("#,0", Invariant),
            _ => value.ToString("0.0e0", Invariant),
        };
    }

    /// <summary>Load against fair share: <c>1.8x</c>, <c>0.04x</c>, <c>12x</c>; <c>0x</c> only for none at all.</summary>
    public static string Load(double utilization) => utilization switch
    {
        _ when !double.IsFinite(utilization) => NotFinite(utilization),
        0 => "0x",
        < 0.00995 => "<0.01x",
        < 0.0995 => utilization.ToString("0.00", Invariant) + "x",
        < 9.95 => utilization.ToString("0.0", Invariant) + "x",
        _ => utilization.ToString("#,0", Invariant) + "x",
    };

    /// <param name="fraction">0..1.</param>
    public static string Percent(double fraction)
    {
        double percent = fraction * 100;
        return percent switch
        {
            _ when !double.IsFinite(percent) => NotFinite(percent),
            0 => "0 %",
            < 0.1 => "<0.1 %",
            < 9.95 => percent.ToString("0.0", Invariant) + " %",
            >= 99.5 and < 100 => Math.Min(percent, 99.9).ToString("0.0", Invariant) + " %", // not quite all is not 100 %
            _ => percent.ToString("0", Invariant) + " %",
        };
    }

    /// <summary><c>2,107,520</c>.</summary>
    public static string Count(long count) => count.ToString("#,0", Invariant);

    /// <summary><c>420 µs</c>, <c>42 ms</c>, <c>1.8 s</c>, <c>3 min 4 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        double ms = duration.TotalMilliseconds;
        if (ms < 59_950)
        {
            return ms switch
            {
                <= 0 => "0 ms",
                < 0.9995 => Math.Max(1, ms * 1000).ToString("0", Invariant) + " µs",
                < 9.95 => ms.ToString("0.0", Invariant) + " ms",
                < 999.5 => ms.ToString("0", Invariant) + " ms",
                _ => (ms / 1000).ToString("0.0", Invariant) + " s",
            };
        }

        long seconds = (long)Math.Round(duration.TotalSeconds);
        return seconds < 3600
            ? string.Create(Invariant, $"{seconds / 60} min {seconds % 60} s")
            : string.Create(Invariant, $"{seconds / 3600} h {seconds % 3600 / 60} min");
    }

    /// <summary>Files and transfers, powers of 1000: <c>512 B</c>, <c>4.2 MB</c>.</summary>
    public static string Bytes(long bytes) => Scale(bytes, 1000, ["B", "kB", "MB", "GB", "TB", "PB", "EB"]);

    /// <summary>Memory, powers of 1024: <c>23.4 GiB</c>.</summary>
    public static string Memory(long bytes) => Scale(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]);

    private static string Scale(long bytes, double unit, string[] names)
    {
        double size = bytes;
        int i = 0;
        while (size >= (i == 0 ? unit : unit - 0.5) && i < names.Length - 1)
        {
            size /= unit;
            i++;
        }

        string digits = i > 0 && size < 99.95 ? "0.0" : "0";
        return $"{size.ToString(digits, Invariant)} {names[i]}";
    }

    private static string NotFinite(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf";
}
