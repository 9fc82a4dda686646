namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Drops repeated tokens and padding (connectionist temporal classification).</summary>
internal sealed class CtcDecoder(string padToken, string wordDelimiter, bool cleanup) : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }
            var text = Replace(tokens[i], padToken, "");
            if (cleanup)
            {
                text = Replace(WordPieceDecoder.CleanUp(text), wordDelimiter, " ");
            }
            if (text.Length > 0)
            {
                output.Add(text);
            }
        }
        return output;
    }
}
