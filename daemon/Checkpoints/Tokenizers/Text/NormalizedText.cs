namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>
/// Text on its way through the pipeline: code points, and for each the span of the input it came from. Pieces lend ranges of it;
/// it only grows, so a piece stays valid.
/// </summary>
internal sealed class NormalizedText
{
    private int[] _points;
    private int[] _starts;
    private int[] _ends;

    public NormalizedText(int capacity)
    {
        _points = new int[Math.Max(capacity, 4)];
        _starts = new int[_points.Length];
        _ends = new int[_points.Length];
    }

    public int Length { get; private set; }

    public ReadOnlySpan<int> Points => _points.AsSpan(0, Length);

    /// <summary>Start of each code point's span in the input, in code points.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Length);

    /// <summary>End (exclusive) of each code point's span in the input.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Length);

    public void Add(int point, int start, int end)
    {
        if (Length == _points.Length)
        {
            Array.Resize(ref _points, Length * 2);
            Array.Resize(ref _starts, Length * 2);
            Array.Resize(ref _ends, Length * 2);
        }
        _points[Length] = point;
        _starts[Length] = start;
        _ends[Length++] = end;
    }

    public void Add(in Piece piece, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Add(piece.Points[i], piece.Starts[i], piece.Ends[i]);
        }
    }
}
