namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>A range of a <see cref="NormalizedText"/>, with the stretch of the input that it stands for.</summary>
/// <param name="Origin">Where that stretch begins, in code points of the input.</param>
/// <param name="OriginLength">Its length.</param>
/// <param name="AddedToken">The id where the piece is an added token, else -1.</param>
internal readonly record struct Piece(NormalizedText Text, int From, int Length, int Origin, int OriginLength, int AddedToken = -1)
{
    public ReadOnlySpan<int> Points => Text.Points.Slice(From, Length);

    public ReadOnlySpan<int> Starts => Text.Starts.Slice(From, Length);

    public ReadOnlySpan<int> Ends => Text.Ends.Slice(From, Length);

    public Piece Slice(int from, int to, int addedToken = -1)
    {
        if (from > to)
        {
            throw TokenizerErrors.ReferenceFails("An added token", "its match begins inside spaces that another one took");
        }
        if (from == to)
        {
            return new(Text, From + from, 0, Origin + from, 0, addedToken);
        }
        var start = Starts[from];
        return new(Text, From + from, to - from, start, Math.Max(Ends[to - 1] - start, 0), addedToken);
    }

    /// <summary>
    /// The part of the piece that a change of "the whole original" reaches. It is all of it but where the piece begins with
    /// characters that stand for nothing in the input.
    /// </summary>
    public (int From, int To)? OriginalRange()
    {
        if (OriginLength == 0)
        {
            return (0, 0);
        }
        if (Length > 0 && Starts[0] != Ends[0] && Ends[Length - 1] <= Origin + OriginLength)
        {
            return (0, Length);
        }
        int? from = null, to = null;
        for (var i = 0; i < Length && Ends[i] <= Origin + OriginLength; i++)
        {
            if (from is null && Starts[i] != Ends[i])
            {
                from = i;
            }
            to = i + 1;
        }
        return to is null ? null : (from ?? to.Value, to.Value);
    }
}
