namespace MoeDevtools.Traces.Writing;

/// <summary>Head of a pass in a <see cref="Chunk"/>. Then come sequence, position and token id, int32 <c>[rows]</c> each, and padding, a byte <c>[rows]</c>.</summary>
internal struct PassRecord
{
    public long Step;

    /// <summary>Microseconds since 1970, UTC.</summary>
    public long Time;
    public int Pass;
    public int Rank;
    public int Phase;
    public int Rows;
    public bool IsPaddingKnown;
}
