namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Joins tokens with the prefix to what is before them, and puts a space before others.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : Decoder
{
    private static readonly (string From, string To)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ];

    public static string CleanUp(string text) =>
        CleanUps.Aggregate(text, (current, rule) => current.Replace(rule.From, rule.To, StringComparison.Ordinal));

    public override List<string> Decode(List<string> tokens) => [.. tokens.Select((token, i) =>
    {
        var text = i == 0 ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanup ? CleanUp(text) : text;
    })];
}
