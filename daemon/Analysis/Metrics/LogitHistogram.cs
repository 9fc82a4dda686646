using MoeDevtools.Routing;

namespace MoeDevtools.Analysis.Metrics;

/// <summary>
/// Histograms of router logits, of chosen and of not chosen experts apart, on bins that all routers share. A bin is a power of two wide and begins at a multiple of it: the narrowest that
/// <paramref name="most"/> bins allow. So the bins depend on the values alone, not on their order, and what was counted in narrow bins is exact in wider ones. One thread.
/// </summary>
/// <param name="most">Bins, at most; 2 or more, for values on both sides of 0 share no bin.</param>
public sealed class LogitHistogram(int routers, int most)
{
    private const int Narrowest = -20;

    private readonly long[][,] _counts = [.. Enumerable.Range(0, routers).Select(_ => new long[2, most])];
    private readonly long[] _notFinite = new long[routers];
    private int _exponent = Narrowest;
    private double _scale = Math.ScaleB(1, -Narrowest);     // bins in a unit
    private double _first = double.NaN;                     // where the first bin begins, in bins; it and the last have values
    private double _last;

    /// <summary>Edges <c>[bins + 1]</c>, rising; empty where there are no values.</summary>
    public double[] Edges => double.IsNaN(_first) ? [] : [.. Enumerable.Range(0, Bins + 1).Select(i => Math.ScaleB(_first + i, _exponent))];

    /// <summary>Values in each bin <c>[bins]</c>.</summary>
    public long[] Counts(int router, bool chosen) => [.. Enumerable.Range(0, Bins).Select(i => _counts[router][chosen ? 1 : 0, i])];

    /// <summary>Values that are NaN or infinite and so in no bin.</summary>
    public long NotFinite(int router) => _notFinite[router];

    private int Bins => double.IsNaN(_first) ? 0 : (int)(_last - _first) + 1;

    /// <summary>Needs the selected experts and the column.</summary>
    /// <param name="values">Router logits, or scores in their place <c>[tokens, experts]</c>.</param>
    public void Add(RoutingBatch batch, ReadOnlySpan<float> values)
    {
        var router = batch.Router.Index;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (!batch.IsToken(row)) continue;
            var own = values.Slice(row * batch.Experts, batch.Experts);
            var chosen = batch.ExpertsOf(row);
            for (var e = 0; e < own.Length; e++)
            {
                if (float.IsFinite(own[e])) _counts[router][chosen.Contains(e) ? 1 : 0, Place(own[e])]++;
                else _notFinite[router]++;
            }
        }
    }

    private int Place(float value)
    {
        var bin = Math.Floor(value * _scale);
        if (double.IsNaN(_first)) (_first, _last) = (bin, bin);
        while (Math.Max(bin, _last) - Math.Min(bin, _first) >= most)
        {
            Widen();
            bin = Math.Floor(value * _scale);
        }
        if (bin < _first) MoveUp((int)(_first - bin));
        _last = Math.Max(bin, _last);
        return (int)(bin - _first);
    }

    private void MoveUp(int by)
    {
        foreach (var counts in _counts)
            for (var kind = 0; kind < 2; kind++)
                for (var i = most - 1; i >= 0; i--) counts[kind, i] = i < by ? 0 : counts[kind, i - by];
        _first -= by;
    }

    /// <summary>Two neighbours become one.</summary>
    private void Widen()
    {
        var (first, last) = (Math.Floor(_first / 2), Math.Floor(_last / 2));
        var odd = (int)(_first - 2 * first);
        foreach (var counts in _counts)
            for (var kind = 0; kind < 2; kind++)
                for (var i = 0; i < most; i++)
                {
                    var sum = (2 * i - odd is >= 0 and var a && a < most ? counts[kind, a] : 0) + (2 * i - odd + 1 is var b && b < most ? counts[kind, b] : 0);
                    counts[kind, i] = sum;
                }
        (_first, _last, _exponent) = (first, last, _exponent + 1);
        _scale = Math.ScaleB(1, -_exponent);
    }
}
