namespace MoeDevtools.Debugging.Views;

/// <summary>
/// Values over steps, of several lines at once, each as the least and the largest of every pixel, so that no step is thinned away. A pixel is 1, 2, 4 ... steps wide: as few as
/// <paramref name="most"/> pixels allow. Adding a value twice changes nothing.
/// </summary>
/// <param name="from">The step of the first pixel.</param>
internal sealed class StepSeries(long from, int lines, int most)
{
    private readonly float[][] _least = [.. Enumerable.Range(0, lines).Select(_ => Unknown(most))];
    private readonly float[][] _largest = [.. Enumerable.Range(0, lines).Select(_ => Unknown(most))];

    public long From => from;

    public long StepsPerPixel { get; private set; } = 1;

    /// <summary>A value that is NaN is none.</summary>
    public void Add(int line, long step, double value)
    {
        if (double.IsNaN(value)) return;
        Reach(step);
        var at = (int)((step - from) / StepsPerPixel);
        ref var least = ref _least[line][at];
        ref var largest = ref _largest[line][at];
        if (!(least <= value)) least = (float)value;
        if (!(largest >= value)) largest = (float)value;
    }

    /// <summary>Least and largest value by pixel, NaN where there is none, up to <paramref name="to"/>.</summary>
    public (float[] Least, float[] Largest) Line(int line, long to)
    {
        Reach(to);
        var pixels = (int)((to - from) / StepsPerPixel) + 1;
        return (_least[line][..pixels], _largest[line][..pixels]);
    }

    public StepSeries Copy()
    {
        var copy = new StepSeries(from, lines, most) { StepsPerPixel = StepsPerPixel };
        for (var line = 0; line < lines; line++)
        {
            _least[line].CopyTo(copy._least[line], 0);
            _largest[line].CopyTo(copy._largest[line], 0);
        }
        return copy;
    }

    private static float[] Unknown(int most)
    {
        var values = new float[most];
        Array.Fill(values, float.NaN);
        return values;
    }

    private void Reach(long step)
    {
        while ((step - from) / StepsPerPixel >= most)
        {
            foreach (var values in _least) Halve(values, (a, b) => a <= b || float.IsNaN(b) ? a : b);
            foreach (var values in _largest) Halve(values, (a, b) => a >= b || float.IsNaN(b) ? a : b);
            StepsPerPixel *= 2;
        }
    }

    private void Halve(float[] values, Func<float, float, float> better)
    {
        for (var i = 0; i < most; i++)
        {
            var (a, b) = (2 * i < most ? values[2 * i] : float.NaN, 2 * i + 1 < most ? values[2 * i + 1] : float.NaN);
            values[i] = better(a, b);
        }
    }
}
