namespace MoeDevtools.Traces.Writing;

/// <summary>Head of a batch in a <see cref="Chunk"/>. Then come its blobs and, where its loads are known, c_e int32 <c>[experts]</c>.</summary>
internal struct BatchRecord
{
    public long Step;
    public int Pass;
    public int Rank;
    public int Router;
    public int Rows;
    public int Slots;
    public int Present;
    public int Observed;
    public int Problems;
    public int IdBytes;
    public int RealBytes;

    /// <summary>What it was before a change; the record after it is what it became.</summary>
    public bool IsBefore;
    public bool HasLoads;
    public int Tokens;
    public int EmptySlots;
}
