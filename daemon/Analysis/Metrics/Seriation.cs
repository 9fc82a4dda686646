namespace MoeDevtools.Analysis.Metrics;

/// <summary>An order in which similar rows of a table are neighbours, so that groups show as blocks.</summary>
public static class Seriation
{
    /// <summary>
    /// Clusters by average linkage over the cosines of the rows; where two clusters are joined, the ends that are most alike meet. What is NaN counts as 0. The same table always gives the
    /// same order.
    /// </summary>
    public static int[] OrderOfRows(double[,] table)
    {
        var similar = Cosines(table);
        var clusters = Enumerable.Range(0, table.GetLength(0)).Select(i => new List<int> { i }).ToList();
        // Mean similarity of each two clusters, kept up to date as they join (Lance and Williams).
        var linkage = (double[,])similar.Clone();
        var alive = Enumerable.Range(0, clusters.Count).ToList();
        while (alive.Count > 1)
        {
            var (a, b, best) = (alive[0], alive[1], double.NegativeInfinity);
            for (var x = 0; x < alive.Count; x++)
                for (var y = x + 1; y < alive.Count; y++)
                    if (linkage[alive[x], alive[y]] > best) (a, b, best) = (alive[x], alive[y], linkage[alive[x], alive[y]]);
            var (sizeA, sizeB) = (clusters[a].Count, clusters[b].Count);
            clusters[a] = Joined(clusters[a], clusters[b], similar);
            alive.Remove(b);
            foreach (var c in alive)
                if (c != a) linkage[a, c] = linkage[c, a] = (sizeA * linkage[a, c] + sizeB * linkage[b, c]) / (sizeA + sizeB);
        }
        return alive.Count == 0 ? [] : [.. clusters[alive[0]]];
    }

    private static List<int> Joined(List<int> a, List<int> b, double[,] similar)
    {
        var ends = (Front: similar[a[0], b[0]], FrontBack: similar[a[0], b[^1]], BackFront: similar[a[^1], b[0]], Back: similar[a[^1], b[^1]]);
        var best = Math.Max(Math.Max(ends.Front, ends.FrontBack), Math.Max(ends.BackFront, ends.Back));
        if (ends.BackFront == best) return [.. a, .. b];
        if (ends.Back == best) return [.. a, .. b.AsEnumerable().Reverse()];
        return ends.Front == best ? [.. a.AsEnumerable().Reverse(), .. b] : [.. b, .. a];
    }

    private static double[,] Cosines(double[,] table)
    {
        var (rows, columns) = (table.GetLength(0), table.GetLength(1));
        var unit = new double[rows, columns];
        for (var i = 0; i < rows; i++)
        {
            var squares = 0.0;
            for (var j = 0; j < columns; j++) squares += Value(table[i, j]) * Value(table[i, j]);
            for (var j = 0; j < columns && squares > 0; j++) unit[i, j] = Value(table[i, j]) / Math.Sqrt(squares);
        }
        var cosines = new double[rows, rows];
        for (var i = 0; i < rows; i++)
            for (var k = i; k < rows; k++)
            {
                var sum = 0.0;
                for (var j = 0; j < columns; j++) sum += unit[i, j] * unit[k, j];
                cosines[i, k] = cosines[k, i] = sum;
            }
        return cosines;
    }

    private static double Value(double x) => double.IsFinite(x) ? x : 0;
}
