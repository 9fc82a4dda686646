namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>A token of a piece and its length in bytes.</summary>
internal readonly record struct BytePairToken(int Id, int Bytes);
