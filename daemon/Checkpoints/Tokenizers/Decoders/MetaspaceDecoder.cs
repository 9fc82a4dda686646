using System.Text;
using MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Turns the replacement into spaces; those of the first token are dropped where a prefix was added.</summary>
internal sealed class MetaspaceDecoder(MetaspaceFields fields) : Decoder
{
    private readonly string _replacement = new Rune(fields.Replacement).ToString();

    public override List<string> Decode(List<string> tokens) => [.. tokens.Select((token, i) =>
        Replace(token, _replacement, i == 0 && fields.Scheme != MetaspaceScheme.Never ? "" : " "))];
}
