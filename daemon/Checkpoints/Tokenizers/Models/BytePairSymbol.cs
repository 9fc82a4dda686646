namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>An element of the linked list that merging shortens. Bytes 0 = merged into its left neighbour; -1 = no neighbour.</summary>
internal struct BytePairSymbol
{
    public int Id;
    public int Bytes;
    public int Previous;
    public int Next;
}
