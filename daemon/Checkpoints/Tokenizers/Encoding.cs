namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>A tokenized text: parallel columns, one row a token. The caller owns the arrays.</summary>
public sealed class Encoding
{
    internal Encoding(int[] ids, string[] tokens, (int Start, int End)[] offsets, int[] specialTokensMask)
    {
        Ids = ids;
        Tokens = tokens;
        Offsets = offsets;
        SpecialTokensMask = specialTokensMask;
    }

    public int[] Ids { get; }

    /// <summary>The vocabulary's token, or the matched text of an added or unknown one.</summary>
    public string[] Tokens { get; }

    /// <summary>Start and end (exclusive) in Unicode code points of the text; (0, 0) for template and padding tokens.</summary>
    public (int Start, int End)[] Offsets { get; }

    /// <summary>1 for template and padding tokens; 0 for others, also for a special token that stands in the text.</summary>
    public int[] SpecialTokensMask { get; }
}
