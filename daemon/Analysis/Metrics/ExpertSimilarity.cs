namespace MoeDevtools.Analysis.Metrics;

/// <summary>How alike the experts of a layer are to their router: the cosine of its rows.</summary>
public static class ExpertSimilarity
{
    /// <summary>The cosine of row <paramref name="expert"/> with each row <c>[experts]</c>; NaN where one is 0.</summary>
    /// <param name="rows">The router's weight <c>[experts, hidden]</c>.</param>
    public static double[] Cosines(ReadOnlySpan<float> rows, int experts, int expert)
    {
        var cosines = new double[experts];
        var hidden = rows.Length / experts;
        var own = rows.Slice(expert * hidden, hidden);
        for (var e = 0; e < experts; e++)
        {
            var other = rows.Slice(e * hidden, hidden);
            double product = 0, squares = 0, ownSquares = 0;
            for (var i = 0; i < hidden; i++)
            {
                product += (double)own[i] * other[i];
                squares += (double)other[i] * other[i];
                ownSquares += (double)own[i] * own[i];
            }
            cosines[e] = product / Math.Sqrt(squares) / Math.Sqrt(ownSquares);
        }
        return cosines;
    }
}
