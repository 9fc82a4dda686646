namespace MoeDevtools.Checkpoints.Safetensors;

/// <summary>What a header says of one tensor; offsets in bytes from the end of the header.</summary>
internal sealed record HeaderEntry(string Name, StoredType Type, long[] Shape, long Begin, long End);
