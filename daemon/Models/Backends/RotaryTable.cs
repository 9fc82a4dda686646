using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>Cosines and sines of the positions of one pass.</summary>
internal sealed class RotaryTable
{
    private (float[]? Frequencies, float Factor, int Start, int Step, int Rows) _of;

    /// <summary>For each row its cosines, then its sines: <c>[rows, 2, frequencies]</c>; may be longer.</summary>
    public float[] Angles { get; private set; } = [];

    public bool IsOf(RotaryFrequencies rotary, int start, int step, int rows) =>
        ReferenceEquals(_of.Frequencies, rotary.Frequencies) && _of.Factor == rotary.Factor && (_of.Start, _of.Step, _of.Rows) == (start, step, rows);

    public unsafe void Fill(RotaryFrequencies rotary, int start, int step, int rows)
    {
        var pairs = rotary.Frequencies.Length;
        if (Angles.Length < rows * 2 * pairs) Angles = new float[rows * 2 * pairs];
        fixed (float* angles = Angles)
        {
            for (var t = 0; t < rows; t++)
            {
                var row = angles + (nint)t * 2 * pairs;
                RotaryAngles.Fill(rotary.Frequencies, start + t * step, rotary.Factor, row, row + pairs);
            }
        }
        _of = (rotary.Frequencies, rotary.Factor, start, step, rows);
    }
}
