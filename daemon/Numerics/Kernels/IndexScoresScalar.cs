namespace MoeDevtools.Numerics.Kernels;

/// <summary>The plain twin of <see cref="IndexScoreBlocks{TLanes,TVector}"/>: sums in double.</summary>
public static unsafe class IndexScoresScalar
{
    public static void Run(in IndexScores s)
    {
        for (var t = 0; t < s.Tokens; t++)
        {
            for (var j = 0; j < s.Finished(t); j++)
            {
                var key = s.Keys + (nint)j * s.Size;
                var score = 0.0;
                for (var head = 0; head < s.Heads; head++)
                {
                    var q = s.Queries + ((nint)t * s.Heads + head) * s.Size;
                    var dot = 0.0;
                    for (var c = 0; c < s.Size; c++) dot += (double)q[c] * key[c];
                    score += s.Weights[t * s.Heads + head] * Math.Max(0, dot);
                }
                s.Scores[t * s.Stride + j] = (float)score;
            }
        }
    }
}
