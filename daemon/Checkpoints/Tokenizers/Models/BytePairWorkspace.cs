using System.Runtime.InteropServices;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>A thread's buffers for merging, and what it has already merged with one model.</summary>
internal sealed class BytePairWorkspace(BytePairModel owner)
{
    public BytePairModel Owner { get; } = owner;

    public List<BytePairSymbol> Symbols { get; } = [];

    public MergeQueue Queue { get; } = new();

    public List<BytePairToken> Result { get; } = [];

    public PieceCache Cache { get; } = new();

    public void Add(int id, int bytes)
    {
        var at = Symbols.Count;
        if (at > 0)
        {
            CollectionsMarshal.AsSpan(Symbols)[at - 1].Next = at;
        }
        Symbols.Add(new() { Id = id, Bytes = bytes, Previous = at - 1, Next = -1 });
    }
}
