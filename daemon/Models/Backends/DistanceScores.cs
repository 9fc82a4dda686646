using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>The scores of <see cref="RelativePositions"/> spelled out for every distance of −span to span: <c>[heads, 2 · span + 1]</c>.</summary>
internal sealed class DistanceScores
{
    public DistanceScores(RelativePositions positions, in WeightMatrix table, int span)
    {
        var (buckets, heads) = (positions.Table.Rows, positions.Table.Columns);
        var width = 2 * span + 1;
        (Span, Scores) = (span, new float[heads * width]);
        for (var distance = -span; distance <= span; distance++)
        {
            var bucket = Bucket(distance, buckets, positions.MaxDistance, positions.BothWays);
            for (var head = 0; head < heads; head++) Scores[head * width + span + distance] = table.Read(bucket, head);
        }
    }

    public int Span { get; }

    public float[] Scores { get; }

    /// <summary>Near distances have buckets of their own; the others share them by the logarithm, which the reference computes in float32.</summary>
    private static int Bucket(int distance, int buckets, int maxDistance, bool bothWays)
    {
        var offset = 0;
        var p = Math.Max(-distance, 0);
        if (bothWays)
        {
            buckets /= 2;
            (offset, p) = (distance > 0 ? buckets : 0, Math.Abs(distance));
        }
        var exact = buckets / 2;
        if (p < exact) return offset + p;
        var far = MathF.Log((float)p / exact) / (float)Math.Log((double)maxDistance / exact) * (buckets - exact);
        return offset + Math.Min(buckets - 1, exact + (int)far);
    }
}
