namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>
/// One character of a piece's new text. <paramref name="Kind"/> 0 replaces the next old character; above 0 it is inserted and shares the
/// span of what is before it; below 0 it replaces the next and removes as many more.
/// </summary>
internal readonly record struct Change(int Point, int Kind);
