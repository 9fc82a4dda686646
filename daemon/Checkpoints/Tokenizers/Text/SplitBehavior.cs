namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>What becomes of the delimiters of a split.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}
