namespace MoeDevtools.Traces.Writing;

/// <summary>What comes next in a <see cref="Chunk"/>.</summary>
internal enum RecordKind
{
    Pass,
    Batch,

    /// <summary>The next of <see cref="Chunk.Objects"/>.</summary>
    Object,
}
