namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>What Tab offers.</summary>
/// <param name="Start">UTF-16 index where the word begins that the candidates replace, up to the cursor.</param>
/// <param name="Candidates">Whole words, in the order to show them. A single one is inserted, followed by a space unless it ends in punctuation.</param>
internal sealed record CompletionSet(int Start, IReadOnlyList<string> Candidates)
{
    public static CompletionSet None { get; } = new(0, []);

    /// <summary>The beginning that all candidates share, without half a character.</summary>
    public string CommonPrefix()
    {
        if (Candidates.Count == 0)
        {
            return "";
        }

        int length = Candidates.Min(candidate => Candidates[0].AsSpan().CommonPrefixLength(candidate));
        return length > 0 && char.IsHighSurrogate(Candidates[0][length - 1]) ? Candidates[0][..(length - 1)] : Candidates[0][..length];
    }
}
