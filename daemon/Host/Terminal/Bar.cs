namespace MoeDevtools.Host.Terminal;

/// <summary>Horizontal bars, to an eighth of a column where the terminal has Unicode.</summary>
internal static class Bar
{
    private const string Eighths = "▏▎▍▌▋▊▉";

    /// <param name="fraction">0..1 of <paramref name="width"/>; what lies outside is cut, NaN draws nothing.</param>
    /// <param name="width">Columns of a full bar. What is drawn is not padded.</param>
    /// <returns>More than nothing draws at least the thinnest bar: "a little" and "none" must differ.</returns>
    public static string Draw(double fraction, int width, Glyphs glyphs)
    {
        if (!(fraction > 0) || width <= 0)
        {
            return "";
        }

        double columns = Math.Min(fraction, 1) * width;
        if (!glyphs.Unicode)
        {
            return new string('#', Math.Clamp((int)Math.Round(columns), 1, width));
        }

        int eighths = Math.Max(1, (int)Math.Round(columns * 8));
        string full = new('█', eighths / 8);
        return eighths % 8 == 0 ? full : full + Eighths[(eighths % 8) - 1];
    }
}
