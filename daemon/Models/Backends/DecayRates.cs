namespace MoeDevtools.Models.Backends;

/// <summary>A = −e^A_log of a <see cref="StateSpace"/>, the other way round than it is stored: made when a scan first asks, 4 bytes for each of its numbers.</summary>
internal sealed class DecayRates
{
    public DecayRates(StateSpace space)
    {
        var (log, rows) = (((CpuWeight)space.ALog).Matrix, space.ALog.Rows);
        PerNumber = rows != 1 || log.Columns != space.Heads;
        Values = new float[rows * log.Columns];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < log.Columns; column++) Values[column * rows + row] = -MathF.Exp(log.Read(row, column));
    }

    /// <summary><c>[H]</c>, or <c>[N, H]</c> with <see cref="PerNumber"/>.</summary>
    public float[] Values { get; }

    public bool PerNumber { get; }
}
