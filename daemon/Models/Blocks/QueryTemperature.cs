namespace MoeDevtools.Models.Blocks;

/// <summary>A factor on queries that grows with their position i from 0: 1 + <paramref name="Beta"/> · ln(1 + ⌊(i + <paramref name="Shift"/>) / <paramref name="Length"/>⌋).</summary>
internal sealed record QueryTemperature(double Beta, double Length, int Shift)
{
    /// <summary>Scales the queries of a pass in place.</summary>
    public void Apply(Backends.Activation q, ForwardPass pass)
    {
        var factors = new float[q.Rows];
        for (var t = 0; t < q.Rows; t++) factors[t] = (float)(1 + Beta * Math.Log(1 + Math.Floor((pass.Start + t + Shift) / Length)));
        pass.Backend.ScaleRows(q, factors);
    }
}
