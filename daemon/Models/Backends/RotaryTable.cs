using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>Cosines and sines of the positions of one pass.</summary>
internal sealed class RotaryTable
{
    private (RotaryFrequencies? Rotary, int Start, int Rows) _of;

    /// <summary>For each row its cosines, then its sines: <c>[rows, 2, frequencies]</c>; may be longer.</summary>
    public float[] Angles { get; private set; } = [];

    public bool IsOf(RotaryFrequencies rotary, int start, int rows) => ReferenceEquals(_of.Rotary, rotary) && _of.Start == start && _of.Rows == rows;

    public unsafe void Fill(RotaryFrequencies rotary, int start, int rows)
    {
        var pairs = rotary.Frequencies.Length;
        if (Angles.Length < rows * 2 * pairs) Angles = new float[rows * 2 * pairs];
        fixed (float* angles = Angles)
        {
            for (var t = 0; t < rows; t++)
            {
                var row = angles + (nint)t * 2 * pairs;
                RotaryAngles.Fill(rotary.Frequencies, start + t, rotary.Factor, row, row + pairs);
            }
        }
        _of = (rotary, start, rows);
    }
}
