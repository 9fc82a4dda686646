namespace MoeDevtools.Capture.Parity;

/// <summary>Largest absolute difference seen, and where. Equal infinities and two NaN count as equal; one of them alone as infinitely far.</summary>
/// <param name="relative">Where the reference's value is above 1 in size, the difference counts in parts of it.</param>
internal sealed class Difference(bool relative = false)
{
    public double Largest { get; private set; }

    public string? Where { get; private set; }

    public void Add(ReadOnlySpan<float> ours, ReadOnlySpan<float> reference, Func<int, string> where)
    {
        for (var i = 0; i < ours.Length; i++)
        {
            if (ours[i] == reference[i] || (float.IsNaN(ours[i]) && float.IsNaN(reference[i]))) continue;
            var distance = Math.Abs((double)ours[i] - reference[i]);
            if (relative) distance /= Math.Max(1, Math.Abs(reference[i]));
            if (double.IsNaN(distance)) distance = double.PositiveInfinity;
            if (distance <= Largest) continue;
            Largest = distance;
            Where = where(i);
        }
    }
}
