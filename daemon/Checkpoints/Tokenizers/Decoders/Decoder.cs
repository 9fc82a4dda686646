namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>A step from tokens back to text. Thread safe.</summary>
internal abstract class Decoder
{
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>Replacement as Rust does it: an empty pattern stands before each character and at the end.</summary>
    protected static string Replace(string text, string pattern, string replacement) => pattern.Length > 0
        ? text.Replace(pattern, replacement, StringComparison.Ordinal)
        : replacement + string.Concat(text.EnumerateRunes().Select(r => r + replacement));
}
