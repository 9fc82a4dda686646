namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>A stretch of a piece that a pattern matched, or one between matches. Together they cover the piece.</summary>
internal readonly record struct Match(int From, int To, bool IsMatch);
