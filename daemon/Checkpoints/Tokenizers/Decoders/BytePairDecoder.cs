namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Turns the suffix at the end of words into a space, but for the last token.</summary>
internal sealed class BytePairDecoder(string suffix) : Decoder
{
    public override List<string> Decode(List<string> tokens) =>
        [.. tokens.Select((token, i) => Replace(token, suffix, i == tokens.Count - 1 ? "" : " "))];
}
