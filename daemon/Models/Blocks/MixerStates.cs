using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Several states of one mixer, as one. Disposes them.</summary>
internal sealed class MixerStates(params MixerState[] parts) : MixerState
{
    public MixerState this[Index part] => parts[part];

    public override int Length => parts[^1].Length;

    public override long Bytes => parts.Sum(part => part.Bytes);

    public override bool Overwrites => Array.Exists(parts, part => part.Overwrites);

    public override object Save() => Array.ConvertAll(parts, part => part.Save());

    public override void Rewind(int length, object? saved)
    {
        for (var i = 0; i < parts.Length; i++) parts[i].Rewind(length, ((object?[]?)saved)?[i]);
    }

    public override void Dispose()
    {
        foreach (var part in parts) part.Dispose();
    }
}
