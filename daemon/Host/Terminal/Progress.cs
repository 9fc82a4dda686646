using MoeDevtools.Messages;

namespace MoeDevtools.Host.Terminal;

/// <summary>
/// One line on stderr that says how far long work is: label, bar, done of total, rate, time left. Any thread may report; at most ten
/// drawings a second. Dispose removes the line.
/// </summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromMilliseconds(100);

    private readonly Screen _screen;
    private readonly string _label;
    private readonly long _total;
    private readonly ProgressUnit _unit;
    private readonly TimeProvider _time;
    private readonly long _started;
    private long _drawn;     // timestamp of the last drawing
    private int _visible;    // 1 while the line is on the screen

    internal Progress(Screen screen, string label, long total, ProgressUnit unit, TimeProvider time)
    {
        (_screen, _label, _total, _unit, _time) = (screen, label, total, unit, time);
        _started = _drawn = time.GetTimestamp();
    }

    /// <param name="done">In the unit, from the beginning; not an increment.</param>
    public void Report(long done)
    {
        long before = Volatile.Read(ref _drawn), now = _time.GetTimestamp();
        if (!_screen.Traits.ErrorIsTerminal || _time.GetElapsedTime(before, now) < BetweenDrawings
            || Interlocked.CompareExchange(ref _drawn, now, before) != before)
        {
            return;
        }

        string line = Draw(_label, done, _total, _unit, _time.GetElapsedTime(_started, now), _screen.Width - 1, _screen.Glyphs, _screen.Translations);
        Volatile.Write(ref _visible, 1);
        _screen.DrawProgress(line);
    }

    public void Dispose() => _screen.EndProgress(this);

    /// <summary>True where a drawn line must be wiped from the screen; it counts as wiped then.</summary>
    internal bool Erase() => Interlocked.Exchange(ref _visible, 0) == 1;

    /// <summary>The line, not wider than <paramref name="width"/>: the bar gives way first, then the rate.</summary>
    internal static string Draw(string label, long done, long total, ProgressUnit unit, TimeSpan elapsed, int width, Glyphs glyphs, Translations language)
    {
        double seconds = elapsed.TotalSeconds;
        double rate = seconds > 0 ? done / seconds : 0;
        string amount = total > 0 ? language.Text($"{Amount(done, unit)} of {Amount(total, unit)}") : Amount(done, unit);
        // The first second tells too little to extrapolate.
        string speed = seconds >= 1 && done > 0 ? $"  {Amount((long)rate, unit)}/s" : "";
        string left = seconds >= 1 && total > done && rate > 0
            ? "  " + language.Text($"{Numbers.Duration(TimeSpan.FromSeconds(Math.Min(Math.Ceiling((total - done) / rate), 359_999)))} left")
            : "";
        string text = glyphs.Fold($"{amount}{speed}{left}");
        if (TextWidth.Of(label) + 2 + TextWidth.Of(text) > width)
        {
            text = glyphs.Fold(amount);
        }

        int room = Math.Min(24, width - TextWidth.Of(label) - TextWidth.Of(text) - 4);
        string bar = total > 0 && room >= 6 ? TextLayout.Pad(Bar.Draw((double)done / total, room, glyphs), room, Align.Left) + "  " : "";
        return TextLayout.Truncate($"{label}  {bar}{text}", width, glyphs);
    }

    private static string Amount(long value, ProgressUnit unit) => unit == ProgressUnit.Bytes ? Numbers.Bytes(value) : Numbers.Count(value);
}
